//! What the scanner says of a manifest.

use serde_json::{Value, json};

/// An answer of the scanner.
#[derive(Clone, Debug, PartialEq)]
pub enum Scan {
    /// Not done yet.
    Queued,
    /// Done, with what was found.
    Scanned(Vec<Finding>),
    /// Not to be scanned, as indexes and artifacts are.
    Unsupported,
    /// Tried without success.
    Failed,
    /// A layer is larger than the scanner takes.
    LayerTooLarge,
    /// Done once, but the scanner does not answer now.
    Down,
}

/// A vulnerability of a package.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The package.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The vulnerability's name, such as `CVE-2026-0001`.
    pub name: String,
    /// `Critical`, `High`, `Medium`, `Low`, `Negligible` or `Unknown`.
    pub severity: String,
    /// The version that is free of it; empty where there is none.
    pub fixed_by: String,
    /// The CVSS 3 score; none stands for unknown, which Quay writes as an empty text.
    pub score: Option<f64>,
}

impl Finding {
    /// A finding that no version fixes, without a score.
    pub fn new(name: &str, severity: &str, package: &str, version: &str) -> Self {
        Self {
            package: package.into(),
            version: version.into(),
            name: name.into(),
            severity: severity.into(),
            fixed_by: String::new(),
            score: None,
        }
    }

    /// Says which version fixes it.
    pub fn fixed_by(mut self, version: &str) -> Self {
        self.fixed_by = version.into();
        self
    }

    /// Sets the score.
    pub fn score(mut self, score: f64) -> Self {
        self.score = Some(score);
        self
    }

    fn to_json(&self) -> Value {
        let score = self.score.map_or(json!(""), |score| json!(score));
        let vectors = self.score.map_or("", |_| "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
        json!({
            "Severity": self.severity, "NamespaceName": "stub-updater", "Name": self.name,
            "Link": format!("https://cve.example.test/{}", self.name), "FixedBy": self.fixed_by,
            "Description": format!("{} in {}", self.name, self.package),
            "Metadata": {
                "UpdatedBy": "stub-updater", "RepoName": "main", "RepoLink": "", "DistroName": "Alpine Linux",
                "DistroVersion": "3.20", "NVD": {"CVSSv3": {"Vectors": vectors, "Score": score}},
            },
        })
    }
}

impl Scan {
    /// Returns the answer's `status` and `data`; none where the scanner cannot be asked.
    pub(super) fn to_json(&self, digest: &str) -> Option<Value> {
        let (status, data) = match self {
            Self::Queued => ("queued", Value::Null),
            Self::Scanned(findings) => ("scanned", report(digest, findings)),
            Self::Unsupported => ("unsupported", Value::Null),
            Self::Failed => ("failed", Value::Null),
            Self::LayerTooLarge => ("manifest_layer_too_large", Value::Null),
            Self::Down => return None,
        };
        Some(json!({"status": status, "data": data}))
    }
}

/// One feature for each version of a package, as Quay makes of a report of Clair's.
fn report(digest: &str, findings: &[Finding]) -> Value {
    let mut packages: Vec<(&str, &str)> =
        findings.iter().map(|finding| (finding.package.as_str(), finding.version.as_str())).collect();
    packages.sort_unstable();
    packages.dedup();
    let features: Vec<Value> = packages.into_iter().map(|package| feature(package, findings)).collect();
    json!({"Layer": {"Name": digest, "ParentName": "", "NamespaceName": "", "IndexedByVersion": 4, "Features": features}})
}

fn feature((name, version): (&str, &str), findings: &[Finding]) -> Value {
    let of_package =
        || findings.iter().filter(|finding| finding.package == name && finding.version == version);
    let identifiers: Vec<&str> = of_package().map(|finding| finding.name.as_str()).collect();
    let scores: Vec<f64> = of_package().filter_map(|finding| finding.score).collect();
    let vulnerabilities: Vec<Value> = of_package().map(Finding::to_json).collect();
    json!({
        "Name": name, "VersionFormat": "", "NamespaceName": "", "Version": version,
        "AddedBy": "sha256:1111111111111111111111111111111111111111111111111111111111111111",
        "BaseScores": scores, "CVEIds": identifiers, "Vulnerabilities": vulnerabilities,
    })
}
