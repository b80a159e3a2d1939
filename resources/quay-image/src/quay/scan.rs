//! The `scan:` block of source and params.

use std::time::Duration;

use kit::{Context, Error, Flag, Result, Text};
use quay_api::{Exception, Policy, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

const DEFAULT_WAIT: Duration = Duration::from_secs(600);

/// Which findings of Quay's scanner an image may have.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanParams {
    /// The worst severity that is tolerated. By default `medium`.
    #[serde(default)]
    pub tolerate: Tolerate,

    /// Count only what a newer version of the package fixes.
    #[serde(default)]
    pub only_fixable: Flag,

    /// What does not count, each with a reason and an end.
    #[serde(default)]
    pub ignore: Vec<Ignored>,

    /// How long to wait for a scan to finish: a number with `s`, `m` or `h`. By default `10m`. A check never waits.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub wait: Option<Text>,

    /// What to do where there is no scan: the scanner is off, or does not support the image.
    #[serde(default)]
    pub unavailable: Unavailable,

    /// In check: only images that pass become versions. Without it, check does not look at scans.
    #[serde(default)]
    #[schemars(with = "Require")]
    pub require: Option<Require>,

    /// A tag to compare with: what got better and worse.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub diff: Option<Text>,

    /// Of an index, judge the image of every platform, or the one of `platform`.
    #[serde(default)]
    pub platforms: Platforms,
}

/// Which images of an index are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platforms {
    /// Those of all platforms.
    #[default]
    All,
    /// The one that `platform` names.
    Chosen,
}

/// The worst severity that is tolerated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tolerate {
    /// Nothing is tolerated.
    None,
    /// What nobody has rated.
    Unknown,
    /// Negligible, and less.
    Negligible,
    /// Low, and less.
    Low,
    /// Medium, and less.
    #[default]
    Medium,
    /// High, and less.
    High,
    /// Everything.
    Critical,
}

/// What to do where there is no scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unavailable {
    /// The image does not pass.
    #[default]
    Fail,
    /// The image passes, with a warning.
    Warn,
}

/// What check requires of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Require {
    /// It passes.
    Passed,
}

/// What does not count: a vulnerability, a package, or a vulnerability of a package.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ignored {
    /// The vulnerability, as `CVE-2026-0001`.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub cve: Option<Text>,
    /// The package.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub package: Option<Text>,
    /// Why it does not count.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Until when it does not count: a date. After that, the step fails and names it.
    pub until: Text,
}

impl ScanParams {
    /// Returns the policy at `now`, in seconds since 1970. `place` names the block in messages.
    ///
    /// # Errors
    /// When an exception has ended, names nothing, or has no date.
    pub fn policy(&self, place: &str, now: i64) -> Result<Policy> {
        let exceptions = self
            .ignore
            .iter()
            .enumerate()
            .map(|(at, ignored)| ignored.exception(&format!("`{place}.ignore[{at}]`"), now));
        Ok(Policy {
            tolerate: self.tolerate.severity(),
            only_fixable: self.only_fixable.get(),
            exceptions: exceptions.collect::<Result<_>>()?,
        })
    }

    /// Checks all of it, before anything is asked or changed.
    ///
    /// # Errors
    /// When a part can't be used, or an exception has ended.
    pub fn check(&self, place: &str) -> Result<()> {
        self.policy(place, quay_api::now())?;
        self.wait(place).map(drop)
    }

    /// Returns how long to wait.
    ///
    /// # Errors
    /// When it is no time.
    pub fn wait(&self, place: &str) -> Result<Duration> {
        let Some(text) = self.wait.as_ref().filter(|text| !text.is_empty()) else { return Ok(DEFAULT_WAIT) };
        let seconds = match text.as_str() {
            "0" | "0s" => Some(0),
            text => quay_api::duration(text).and_then(|seconds| u64::try_from(seconds).ok()),
        };
        let refused =
            || Error::new(format!("`{place}.wait`: `{text}` is no time")).hint("as in `90s` or `10m`");
        seconds.map(Duration::from_secs).ok_or_else(refused)
    }
}

impl Tolerate {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::None => None,
            Self::Unknown => Some(Severity::Unknown),
            Self::Negligible => Some(Severity::Negligible),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

impl Ignored {
    fn exception(&self, place: &str, now: i64) -> Result<Exception> {
        let text = |text: &Option<Text>| text.as_ref().map(Text::to_string).filter(|text| !text.is_empty());
        let (name, package) = (text(&self.cve), text(&self.package));
        if name.is_none() && package.is_none() {
            return Err(Error::new(format!("{place} names neither a `cve` nor a `package`")));
        }
        let end = quay_api::moment(self.until.as_str());
        let end = end
            .ok_or_else(|| Error::new(format!("{place}.until: `{}` is no date", self.until)))
            .hint(|| "as in `2027-01-31`".into())?;
        if end <= now {
            let what = name.as_deref().or(package.as_deref()).unwrap_or_default();
            return Err(Error::new(format!("{place}: the exception for {what} ended on {}", self.until))
                .hint("see whether it is fixed by now; then remove the exception, or give it a new date"));
        }
        Ok(Exception { name, package, reason: self.reason.clone() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> ScanParams {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_exception_names_something_and_has_not_ended() {
        let with =
            |ignored: serde_json::Value| read(json!({"ignore": [ignored]})).policy("source.scan", 86_400);
        let good = json!({"cve": "CVE-1", "reason": "not reachable", "until": "1970-01-03"});
        assert_eq!(with(good).unwrap().exceptions[0].reason, "not reachable");
        let cases = [
            (
                json!({"cve": "CVE-1", "reason": "x", "until": "1970-01-02"}),
                "the exception for CVE-1 ended on",
            ),
            (json!({"cve": "CVE-1", "reason": "x", "until": "soon"}), "`soon` is no date"),
            (json!({"reason": "x", "until": "1970-01-03"}), "neither a `cve` nor a `package`"),
        ];
        for (ignored, expected) in cases {
            let message = with(ignored).unwrap_err().to_string();
            assert!(message.contains(expected) && message.contains("source.scan.ignore[0]"), "{message}");
        }
    }

    #[test]
    fn a_wait_is_a_time() {
        let wait = |text: &str| read(json!({"wait": text})).wait("params.scan").map(|wait| wait.as_secs());
        assert_eq!((wait("90s").ok(), wait("0").ok(), wait("").ok()), (Some(90), Some(0), Some(600)));
        assert!(wait("soon").unwrap_err().to_string().contains("`params.scan.wait`"));
    }
}
