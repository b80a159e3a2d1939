//! Runs Helm and reads what it says.

use std::path::PathBuf;
use std::rc::Rc;

use kit::child::Child;
use kit::http::Retry;
use kit::{Error, Result, redact, report};

use super::advice::advice;
use super::{Home, binary};
use crate::source::HelmVersion;

/// Helm's JSON holds the whole record, chart and all.
const LARGEST_OUTPUT: usize = 256 * 1024 * 1024;

/// What Go's client says when the API server, or what stands before it, went away.
const CUT_OFF: [&str; 8] = [
    "connection refused",
    "connection reset",
    "connection lost",
    "EOF",
    "i/o timeout",
    "TLS handshake timeout",
    "unable to handle the request",
    "an error on the server",
];

/// Helm with a home.
#[derive(Debug)]
pub struct Helm {
    binary: PathBuf,
    version: HelmVersion,
    home: Rc<Home>,
    retry: Retry,
}

/// What a successful run left.
#[derive(Debug)]
pub struct Outcome {
    /// Its stdout.
    pub stdout: Vec<u8>,
    /// Its stderr, scrubbed.
    pub stderr: String,
}

/// What Helm said when it failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The error, without Helm's `Error:` in front.
    pub message: String,
    /// What it printed before it failed: results of tests, above all.
    pub stdout: Vec<u8>,
    /// Whether a signal ended it.
    pub killed: bool,
}

impl Outcome {
    /// Returns the JSON document on stdout. Helm tells of a chart that it pulled before it.
    pub fn json(&self) -> &[u8] {
        let starts = |line: &[u8]| line.starts_with(b"{") || line.starts_with(b"[");
        let mut start = 0;
        for line in self.stdout.split_inclusive(|byte| *byte == b'\n') {
            if starts(line) {
                return &self.stdout[start..];
            }
            start += line.len();
        }
        &self.stdout
    }

    /// Returns the digest of a chart that was pulled from a registry.
    pub fn chart_digest(&self) -> Option<String> {
        let stdout = String::from_utf8_lossy(&self.stdout[..self.stdout.len().min(4096)]).into_owned();
        let found =
            |text: &str| text.lines().find_map(|line| Some(line.strip_prefix("Digest: ")?.trim().to_owned()));
        found(&stdout).or_else(|| found(&self.stderr))
    }
}

impl Failure {
    /// Tells whether somebody else is changing the same release.
    pub fn is_lock(&self) -> bool {
        let record = self.message.contains("sh.helm.release.v1.") && self.message.contains("already exists");
        record
            || self.message.contains("release: already exists")
            || self.message.contains("another operation (install/upgrade/rollback) is in progress")
    }

    /// Tells whether Helm may have ended in the middle, without the chance to write what became of the release.
    pub fn was_cut_off(&self) -> bool {
        self.killed || CUT_OFF.iter().any(|text| self.message.contains(text))
    }

    /// Tells whether Helm found no API server when it began, and so did nothing at all.
    pub fn is_unreachable(&self) -> bool {
        self.message.to_ascii_lowercase().contains("kubernetes cluster unreachable")
    }

    /// Returns the message with what has become known as secret since scrubbed.
    pub fn scrubbed(&self) -> String {
        redact::scrub(&self.message).into_owned()
    }

    /// Returns an error that says `said` of this failure, and what to do about it where that is known.
    pub fn told_as(&self, said: impl Into<String>) -> Error {
        let error = Error::new(said);
        match advice(&self.message) {
            Some(advice) => error.hint(advice),
            None => error,
        }
    }
}

impl Helm {
    /// Finds Helm and gives it `home`. It is run again by the policy `retry` while there is no API server.
    ///
    /// # Errors
    /// When the wanted version is not there.
    pub fn new(version: HelmVersion, home: Home, retry: Retry) -> Result<Self> {
        let binary = binary::find(version, |name| std::env::var(name).ok())?;
        Ok(Self { binary, version, home: Rc::new(home), retry })
    }

    /// Returns which Helm it is.
    pub fn version(&self) -> HelmVersion {
        self.version
    }

    /// Returns its home.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Returns its home for what goes on beside a run.
    pub fn shared_home(&self) -> Rc<Home> {
        Rc::clone(&self.home)
    }

    /// Runs Helm with `arguments`, again where the API server was not there. What it prints is shown only once all
    /// secrets of the outcome are known.
    ///
    /// # Errors
    /// The outer one when it can't be run, the inner one when it fails.
    pub async fn run(&self, arguments: &[String]) -> Result<Result<Outcome, Failure>> {
        let mut tries = self.retry.tries();
        loop {
            let outcome = self.run_once(arguments).await?;
            let unreachable = outcome.as_ref().is_err_and(Failure::is_unreachable);
            if !(unreachable && tries.wait("Helm can't reach the API server", None).await) {
                return Ok(outcome);
            }
        }
    }

    async fn run_once(&self, arguments: &[String]) -> Result<Result<Outcome, Failure>> {
        report::debug(format!("helm {}", arguments.join(" ")));
        let child = Child::new(&self.binary).args(arguments).current_dir(self.home.path("home"));
        let child = self.home.furnish(child).quiet().into_files().capture(LARGEST_OUTPUT);
        let output = child.run().await?;
        if output.status.success() {
            return Ok(Ok(Outcome { stdout: output.stdout, stderr: output.stderr }));
        }
        let message = match error_of(&output.stderr) {
            Some(message) => message,
            None => format!("Helm ended with {} and said nothing", output.status),
        };
        Ok(Err(Failure { message, stdout: output.stdout, killed: output.status.code().is_none() }))
    }

    /// Runs Helm where a failure needs no more than to be told; `doing` says what could not be done.
    ///
    /// # Errors
    /// When it can't be run, or fails.
    pub async fn must(&self, doing: &str, arguments: &[String]) -> Result<Outcome> {
        match self.run(arguments).await? {
            Ok(outcome) => {
                show_warnings(&outcome.stderr);
                Ok(outcome)
            }
            Err(failure) => Err(failure.told_as(failure.scrubbed()).context(format!("cannot {doing}"))),
        }
    }
}

/// Returns what follows Helm's last `Error:`.
fn error_of(stderr: &str) -> Option<String> {
    let start = stderr.rfind("Error: ").map(|start| start + "Error: ".len());
    let text = start.map_or(stderr, |start| &stderr[start..]).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Helm's warnings are for people; its other lines tell what we tell already.
pub(crate) fn show_warnings(stderr: &str) {
    for line in stderr.lines() {
        if let Some(warning) = line.trim().strip_prefix("WARNING: ") {
            report::warn(warning);
        } else {
            report::debug(line.trim());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_what_helm_says_last() {
        let cases = [
            ("WARNING: x\nError: UPGRADE FAILED: timed out\n", Some("UPGRADE FAILED: timed out")),
            ("Error: a\nhelm.go:1\nError: b: c\nd", Some("b: c\nd")),
            ("panic", Some("panic")),
            ("", None),
        ];
        for (stderr, expected) in cases {
            assert_eq!(error_of(stderr).as_deref(), expected);
        }
    }

    #[test]
    fn a_lost_race_and_a_missing_server_are_told_from_other_failures() {
        let failure = |message: &str| Failure { message: message.into(), stdout: Vec::new(), killed: false };
        assert!(
            failure("UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress").is_lock()
        );
        assert!(
            failure("create: failed to create: secrets \"sh.helm.release.v1.web.v3\" already exists")
                .is_lock()
        );
        assert!(!failure("secrets \"db\" already exists").is_lock());
        assert!(failure("kubernetes cluster unreachable: Get ...").is_unreachable());
        assert!(failure("Kubernetes cluster unreachable: Get ...").is_unreachable());
        assert!(!failure("UPGRADE FAILED: connection refused").is_unreachable());
        assert!(failure("UPGRADE FAILED: dial tcp 10.0.0.1:6443: connect: connection refused").was_cut_off());
        assert!(!failure("UPGRADE FAILED: Deployment is invalid").was_cut_off());
    }
}
