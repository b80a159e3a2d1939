//! A vulnerability of a package.

use serde_json::Value;

use super::Severity;

/// A vulnerability of a package in an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The vulnerability's name, such as `CVE-2026-0001`.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// The package.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The version that is free of it; none where there is none.
    pub fixed_by: Option<String>,
    /// Where it is described.
    pub link: String,
    /// What it is.
    pub description: String,
    /// The CVSS 3 score, where it is known.
    pub score: Option<f64>,
}

impl Finding {
    /// Reads all findings off Quay's report, whose fields may be absent, the worst first.
    pub fn all(report: &Value) -> Vec<Self> {
        let features = report["data"]["Layer"]["Features"].as_array().map_or(&[][..], Vec::as_slice);
        let of_feature = |feature: &'_ Value| {
            let vulnerabilities = feature["Vulnerabilities"].as_array().map_or(&[][..], Vec::as_slice);
            vulnerabilities.iter().map(|vulnerability| Self::read(feature, vulnerability)).collect::<Vec<_>>()
        };
        let mut findings: Vec<Self> = features.iter().flat_map(of_feature).collect();
        findings.sort_by(|one, other| {
            let place =
                |finding: &Self| (finding.package.clone(), finding.name.clone(), finding.version.clone());
            other.severity.cmp(&one.severity).then_with(|| place(one).cmp(&place(other)))
        });
        findings.dedup();
        findings
    }

    fn read(feature: &Value, vulnerability: &Value) -> Self {
        // Names come from packages: they must not steer a terminal, nor break a table.
        let text = |value: &Value| {
            let text = value.as_str().unwrap_or_default();
            text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect::<String>()
        };
        Self {
            name: text(&vulnerability["Name"]),
            severity: Severity::of(vulnerability["Severity"].as_str().unwrap_or_default()),
            package: text(&feature["Name"]),
            version: text(&feature["Version"]),
            fixed_by: Some(text(&vulnerability["FixedBy"])).filter(|version| !version.is_empty()),
            // Some updaters give several links, separated by blanks.
            link: text(&vulnerability["Link"]).split(' ').next().unwrap_or_default().to_owned(),
            description: text(&vulnerability["Description"]),
            score: vulnerability["Metadata"]["NVD"]["CVSSv3"]["Score"].as_f64(),
        }
    }

    /// Tells whether it is the same vulnerability of the same package, in whichever version.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.name == other.name && self.package == other.package
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_is_read_leniently_and_the_worst_comes_first() {
        let report = json!({"data": {"Layer": {"Features": [
            {"Name": "a", "Version": "1"},
            {"Name": "b", "Version": "2", "Vulnerabilities": [
                {"Name": "CVE-1", "Severity": "Low", "FixedBy": "", "Link": "https://x https://y"},
                {"Name": "CVE-2", "Severity": "Critical", "FixedBy": "3",
                 "Metadata": {"NVD": {"CVSSv3": {"Score": 9.8}}}},
                {"Name": "CVE-3\u{1b}[31m", "Severity": null, "Metadata": null},
            ]},
        ]}}});
        let findings = Finding::all(&report);
        let names: Vec<&str> = findings.iter().map(|finding| finding.name.as_str()).collect();
        assert_eq!(names, ["CVE-2", "CVE-1", "CVE-3 [31m"]);
        assert_eq!((findings[0].score, findings[0].fixed_by.as_deref()), (Some(9.8), Some("3")));
        assert_eq!((findings[1].score, findings[1].fixed_by.as_deref()), (None, None));
        assert_eq!(findings[1].link, "https://x");
        for nothing in [json!(null), json!({"data": null}), json!({"data": {"Layer": []}})] {
            assert_eq!(Finding::all(&nothing), [], "{nothing}");
        }
    }
}
