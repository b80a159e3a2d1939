//! Findings as SARIF 2.1.0, which code hosts and editors read (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>).

use serde_json::{Value, json};

use super::{Finding, Severity};

/// Returns the findings as SARIF. `image` names the image that has them, platform included.
pub fn sarif(findings: &[(String, Vec<Finding>)]) -> Value {
    let all =
        || findings.iter().flat_map(|(image, findings)| findings.iter().map(move |found| (image, found)));
    let mut rules: Vec<&Finding> = all().map(|(_, finding)| finding).collect();
    rules.sort_by(|one, other| one.name.cmp(&other.name));
    rules.dedup_by(|one, other| one.name == other.name);
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Quay",
                "informationUri": "https://www.projectquay.io/",
                "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
            }},
            "results": all().map(|(image, finding)| result(image, finding)).collect::<Vec<_>>(),
        }],
    })
}

fn rule(finding: &Finding) -> Value {
    let mut rule = json!({
        "id": finding.name,
        "shortDescription": {"text": finding.name},
        "fullDescription": {"text": if finding.description.is_empty() { &finding.name } else { &finding.description }},
        "defaultConfiguration": {"level": level(finding.severity)},
    });
    if !finding.link.is_empty() {
        rule["helpUri"] = json!(finding.link);
    }
    if let Some(score) = finding.score {
        // GitHub's word for a score, as text.
        rule["properties"] = json!({"security-severity": format!("{score:.1}")});
    }
    rule
}

fn result(image: &str, finding: &Finding) -> Value {
    let fix = match &finding.fixed_by {
        Some(version) => format!("fixed in {version}"),
        None => "not fixed yet".into(),
    };
    let text =
        format!("{} {} has {} ({}), {fix}", finding.package, finding.version, finding.name, finding.severity);
    json!({
        "ruleId": finding.name,
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": format!("oci://{image}")}},
            "logicalLocations": [{"name": finding.package, "kind": "package"}],
        }],
        "partialFingerprints": {"vulnerability": format!("{}/{}/{}", finding.name, finding.package, finding.version)},
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Negligible | Severity::Unknown => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vulnerability_of_two_packages_is_one_rule_and_two_results() {
        let feature = |name: &str| {
            json!({"Name": name, "Version": "1", "Vulnerabilities": [
                {"Name": "CVE-1", "Severity": "High", "Metadata": {"NVD": {"CVSSv3": {"Score": 7.5}}}}
            ]})
        };
        let report = json!({"data": {"Layer": {"Features": [feature("a"), feature("b")]}}});
        let log = sarif(&[("quay.example.com/acme/app@sha256:0".into(), Finding::all(&report))]);
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(1));
        assert_eq!(run["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "7.5");
        assert_eq!(run["results"].as_array().map(Vec::len), Some(2));
        assert_eq!(run["results"][1]["level"], "error");
        assert_eq!(run["results"][1]["message"]["text"], "b 1 has CVE-1 (high), not fixed yet");
    }
}
