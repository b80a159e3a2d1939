//! What the gate saw, and what it says of it.

use std::collections::HashSet;

use kit::{Error, Metadata, Result, report};
use quay_api::{Counts, Difference, Finding, Policy, ScanStatus, Severity};

use super::super::scan::Unavailable;
use super::Scanned;

/// What the gate saw in an image.
#[derive(Debug)]
pub struct Checked {
    pub(super) scanned: Vec<Scanned>,
    pub(super) policy: Policy,
    pub(super) unavailable: Unavailable,
    pub(super) baseline: Option<Baseline>,
}

/// What an image is compared with.
#[derive(Debug)]
pub(super) struct Baseline {
    pub(super) tag: String,
    pub(super) findings: Vec<Finding>,
}

impl Checked {
    /// Says what was found, and fails if that is not tolerated.
    ///
    /// # Errors
    /// When the image does not pass.
    pub fn enforce(&self) -> Result<()> {
        self.scanned.iter().for_each(|one| self.tell(one));
        self.tell_difference();
        match self.refusal() {
            None => Ok(()),
            Some(refusal) => Err(Error::new(format!("the image does not pass the scan: {refusal}")).hint(
                "update the packages, or let single findings pass with `scan.ignore`, with a reason and an end",
            )),
        }
    }

    /// Returns why the image does not pass, in one line.
    pub(super) fn refusal(&self) -> Option<String> {
        let mut reasons: Vec<String> = self.scanned.iter().filter_map(|one| self.refusal_of(one)).collect();
        if self.scanned.is_empty() && self.unavailable == Unavailable::Fail {
            reasons.push("there is no image in it to scan".into());
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    fn refusal_of(&self, one: &Scanned) -> Option<String> {
        let label = &one.image.label;
        match &one.scan.status {
            ScanStatus::Scanned => match self.policy.judge(&one.findings).refused.len() {
                0 => None,
                1 => Some(format!("{label}: 1 finding is not tolerated")),
                count => Some(format!("{label}: {count} findings are not tolerated")),
            },
            ScanStatus::Queued => Some(format!("{label}: the scan is not done")),
            ScanStatus::Unavailable(why) if self.unavailable == Unavailable::Fail => {
                Some(format!("{label}: {why}"))
            }
            ScanStatus::Unavailable(_) => None,
        }
    }

    fn tell(&self, one: &Scanned) {
        let label = &one.image.label;
        match &one.scan.status {
            ScanStatus::Scanned => {
                let verdict = self.policy.judge(&one.findings);
                report::info(format_args!("{label}: {}", verdict.counts));
                report::raw(&quay_api::text(&verdict.refused));
                for (finding, reason) in &verdict.excepted {
                    report::info(format_args!("ignored: {} in {}: {reason}", finding.name, finding.package));
                }
            }
            ScanStatus::Queued => report::warn(format_args!("{label}: the scan is not done")),
            ScanStatus::Unavailable(why) => report::warn(format_args!("{label}: {why}")),
        }
    }

    fn tell_difference(&self) {
        let all = self.findings();
        let Some((tag, difference)) = self.difference(&all) else { return };
        report::info(format_args!("worse than {tag}: {}", difference.worse.len()));
        report::raw(&quay_api::text(&difference.worse));
        report::info(format_args!("better than {tag}: {}", difference.better.len()));
        report::raw(&quay_api::text(&difference.better));
    }

    pub(super) fn difference<'a>(&'a self, all: &'a [Finding]) -> Option<(&'a str, Difference<'a>)> {
        let Baseline { tag, findings } = self.baseline.as_ref()?;
        Some((tag, Difference::between(findings, all)))
    }

    /// Returns the findings of all platforms, the same one once.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut seen = HashSet::new();
        let all = self.scanned.iter().flat_map(|one| &one.findings);
        let distinct =
            all.filter(|found| seen.insert((&found.name, &found.package, &found.version, found.severity)));
        distinct.cloned().collect()
    }

    /// Adds the verdict and counts, over all platforms, to what is shown.
    pub fn add_metadata(&self, metadata: &mut Metadata) {
        metadata.push("scan", if self.refusal().is_none() { "passed" } else { "failed" });
        let all = self.findings();
        let counts = Counts::of(all.iter().map(|finding| finding.severity));
        for severity in Severity::ALL {
            metadata.push(format!("vulnerabilities_{severity}"), counts.count(severity).to_string());
        }
        if let Some((_, difference)) = self.difference(&all) {
            metadata.push("vulnerabilities_worse", difference.worse.len().to_string());
            metadata.push("vulnerabilities_better", difference.better.len().to_string());
        }
    }
}
