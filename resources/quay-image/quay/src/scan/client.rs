//! Asks for the scan of a manifest, and waits until there is one.

use std::time::{Duration, Instant};

use kit::http::Method;
use kit::report;
use oci_registry::Digest;
use serde_json::Value;

use super::Finding;
use crate::client::Result;
use crate::{Client, Scope};

/// Reports of large images have several megabytes.
const LARGEST_REPORT: u64 = 128 * 1024 * 1024;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How far a scan is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanStatus {
    /// Not done yet.
    Queued,
    /// Done.
    Scanned,
    /// There is none and there will be none: why.
    Unavailable(String),
}

/// The scan of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// How far it is.
    pub status: ScanStatus,
    /// Quay's answer as it came; null where there is none.
    pub report: Value,
}

impl Scan {
    /// Returns what was found, the worst first.
    pub fn findings(&self) -> Vec<Finding> {
        Finding::all(&self.report)
    }

    fn read(report: Value) -> Self {
        let unavailable = |why: &str| ScanStatus::Unavailable(why.to_owned());
        let status = match report["status"].as_str().unwrap_or_default() {
            "queued" => ScanStatus::Queued,
            "scanned" if report["data"]["Layer"].is_object() => ScanStatus::Scanned,
            "scanned" => unavailable("Quay says that it is scanned, but sends no report"),
            "unsupported" => unavailable("the scanner does not support this kind of content"),
            "failed" => unavailable("the scanner failed on it"),
            "manifest_layer_too_large" => unavailable("a layer is larger than the scanner takes"),
            other => unavailable(&format!("Quay calls its state `{other}`")),
        };
        Self { status, report }
    }
}

impl Client {
    /// Returns the scan of a manifest as it is now. A scanner that does not answer is no error but
    /// [`ScanStatus::Unavailable`].
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn scan(&self, digest: &Digest) -> Result<Scan> {
        let path = ["manifest", digest.as_str(), "security"];
        let call = self.on_repository(format!("read the scan of {digest}"), Scope::Read, Method::GET, &path);
        match self.read_within(call.query("vulnerabilities", "true").for_robots(), LARGEST_REPORT).await {
            Ok(report) => Ok(Scan::read(report)),
            Err(problem) if problem.is_scanner_down() => {
                let status = ScanStatus::Unavailable("Quay's scanner does not answer".into());
                Ok(Scan { status, report: Value::Null })
            }
            Err(problem) => Err(problem),
        }
    }

    /// Returns the scan of a manifest once it is done, or as it is after `wait`.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn wait_for_scan(&self, digest: &Digest, wait: Duration) -> Result<Scan> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let scan = self.scan(digest).await?;
            let is_down = scan.report.is_null() && scan.status != ScanStatus::Queued;
            let left = wait.saturating_sub(begun.elapsed());
            if (scan.status != ScanStatus::Queued && !is_down) || left.is_zero() {
                return Ok(scan);
            }
            if pause == FIRST_PAUSE {
                report::info(format_args!("waiting for the scan of {digest}, {} s at most", left.as_secs()));
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}
