//! What got better and worse between two images.

use super::Finding;

/// What got better and worse from one image to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference<'a> {
    /// What the new image has and the old one had not.
    pub worse: Vec<&'a Finding>,
    /// What the old image had and the new one has not.
    pub better: Vec<&'a Finding>,
}

impl<'a> Difference<'a> {
    /// Compares findings: the same vulnerability of the same package is no difference, whatever the package's version.
    pub fn between(old: &'a [Finding], new: &'a [Finding]) -> Self {
        Self { worse: missing(new, old), better: missing(old, new) }
    }
}

fn missing<'a>(these: &'a [Finding], those: &[Finding]) -> Vec<&'a Finding> {
    these.iter().filter(|finding| !those.iter().any(|other| finding.is_same_as(other))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn findings(names: &[(&str, &str, &str)]) -> Vec<Finding> {
        let features: Vec<_> = names
            .iter()
            .map(|(name, package, version)| {
                json!({"Name": package, "Version": version, "Vulnerabilities": [{"Name": name, "Severity": "Low"}]})
            })
            .collect();
        Finding::all(&json!({"data": {"Layer": {"Features": features}}}))
    }

    #[test]
    fn the_same_vulnerability_of_another_version_is_no_difference() {
        let old = findings(&[("CVE-1", "a", "1"), ("CVE-2", "a", "1"), ("CVE-3", "b", "1")]);
        let new = findings(&[("CVE-1", "a", "2"), ("CVE-3", "c", "1")]);
        let difference = Difference::between(&old, &new);
        let names = |findings: &[&Finding]| {
            findings
                .iter()
                .map(|found| format!("{} {}", found.name, found.package))
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert_eq!(names(&difference.worse), "CVE-3 c");
        assert_eq!(names(&difference.better), "CVE-2 a, CVE-3 b");
    }
}
