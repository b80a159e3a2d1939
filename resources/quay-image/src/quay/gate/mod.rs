//! The scan gate: what Quay found in an image, and whether that is tolerated.

mod checked;
mod images;
mod page;

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use kit::{Context, Error, Result, report};
use oci_registry::{Client as Registry, Digest, Platform, Reference};
use quay_api::{Client, Finding, Scan, ScanStatus};

use super::scan::{Platforms, ScanParams};
use crate::version::Version;
use checked::Baseline;
pub use checked::Checked;
use images::{Image, images};

/// How many scans are asked for at once: Quay's own limits let five requests a second pass, and 25 more at once.
const AT_ONCE: usize = 8;

/// A scan and what was found.
#[derive(Debug)]
struct Scanned {
    image: Image,
    scan: Scan,
    findings: Vec<Finding>,
}

/// The gate of a step: which Quay and registry to ask, and what is tolerated.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// Quay's API.
    pub quay: &'a Client,
    /// The registry, which knows what an index is made of.
    pub registry: &'a Registry,
    /// What is tolerated.
    pub params: &'a ScanParams,
    /// Where `params` stand, as `source.scan`, for messages.
    pub place: &'a str,
    /// The platform that is chosen, where not all count.
    pub platform: &'a Platform,
}

impl Gate<'_> {
    /// Reads the scans of an image, and waits for those that are not done.
    ///
    /// # Errors
    /// When Quay does not answer or refuses, or what is tolerated can't be read.
    pub async fn look(&self, digest: &Digest) -> Result<Checked> {
        let policy = self.params.policy(self.place, quay_api::now())?;
        let scanned = self.scans(digest, self.params.wait(self.place)?).await?;
        let baseline = self.baseline().await?;
        Ok(Checked { scanned, policy, unavailable: self.params.unavailable, baseline })
    }

    /// Returns those versions whose images pass now. None is waited for: an image whose scan is not done becomes a
    /// version when it is.
    ///
    /// # Errors
    /// As [`Gate::look`].
    pub async fn passing(&self, versions: Vec<Version>) -> Result<Vec<Version>> {
        let policy = self.params.policy(self.place, quay_api::now())?;
        let asked = stream::iter(versions).map(async |version| {
            let scanned = self.scans(&version.digest, Duration::ZERO).await?;
            let unavailable = self.params.unavailable;
            let checked = Checked { scanned, policy: policy.clone(), unavailable, baseline: None };
            let refusal = checked.refusal();
            if let Some(refusal) = &refusal {
                let name = version.tag_text();
                report::info(format_args!("{name} ({}) is no version now: {refusal}", version.digest));
            }
            Ok::<_, Error>(refusal.is_none().then_some(version))
        });
        let found: Vec<Option<Version>> = asked.buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn scans(&self, digest: &Digest, wait: Duration) -> Result<Vec<Scanned>> {
        let chosen = (self.params.platforms == Platforms::Chosen).then_some(self.platform);
        let images = images(self.registry, digest, chosen).await?;
        let asked = stream::iter(images).map(async |image| {
            let scan = self.quay.wait_for_scan(&image.digest, wait).await?;
            let findings = scan.findings();
            Ok::<_, Error>(Scanned { image, scan, findings })
        });
        asked.buffered(AT_ONCE).try_collect().await
    }

    /// Returns what is to be compared with. A tag or scan that is not there is no reason to fail: the first release
    /// has nothing before it.
    async fn baseline(&self) -> Result<Option<Baseline>> {
        let Some(tag) = self.params.diff.as_ref().filter(|tag| !tag.is_empty()) else { return Ok(None) };
        let named = tag.as_str().parse().context(|| format!("`{}.diff` can't be used", self.place))?;
        let Some(found) = self.registry.head(&Reference::Tag(named)).await? else {
            report::warn(format_args!("there is no tag {tag} to compare with"));
            return Ok(None);
        };
        let scanned = self.scans(&found.digest, Duration::ZERO).await?;
        if let Some(open) = scanned.iter().find(|one| one.scan.status != ScanStatus::Scanned) {
            report::warn(format_args!("there is no scan of {tag} ({}) to compare with", open.image.label));
            return Ok(None);
        }
        let findings = scanned.into_iter().flat_map(|one| one.findings).collect();
        Ok(Some(Baseline { tag: tag.to_string(), findings }))
    }
}
