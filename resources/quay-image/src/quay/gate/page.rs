//! The files of a get: Quay's report as it came, SARIF for code hosts, Markdown for people.

use kit::{Destination, Result};
use quay_api::{Finding, ScanStatus};
use serde_json::{Map, Value};

use super::{Checked, Scanned};

impl Checked {
    /// Writes `vulnerabilities.json`, `.sarif` and `.md`. Of several platforms, the first is a map by platform.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn write(&self, repository: &str, into: &Destination) -> Result<()> {
        into.write("vulnerabilities.json", serde_json::to_vec_pretty(&self.reports())?)?;
        let name = |one: &Scanned| format!("{repository}@{}", one.image.digest);
        let named: Vec<_> = self.scanned.iter().map(|one| (name(one), one.findings.clone())).collect();
        into.write("vulnerabilities.sarif", serde_json::to_vec_pretty(&quay_api::sarif(&named))?)?;
        into.write("vulnerabilities.md", self.page(repository))
    }

    fn reports(&self) -> Value {
        match self.scanned.as_slice() {
            [only] => only.scan.report.clone(),
            several => {
                let report = |one: &Scanned| (one.image.label.clone(), one.scan.report.clone());
                Value::Object(several.iter().map(report).collect::<Map<_, _>>())
            }
        }
    }

    fn page(&self, repository: &str) -> String {
        let mut page = format!("# Vulnerabilities of {repository}\n");
        for one in &self.scanned {
            let findings: Vec<&Finding> = one.findings.iter().collect();
            let state = match &one.scan.status {
                ScanStatus::Scanned => self.policy.judge(&one.findings).counts.to_string(),
                ScanStatus::Queued => "the scan is not done".into(),
                ScanStatus::Unavailable(why) => why.clone(),
            };
            let table = quay_api::markdown(&findings);
            page += &format!("\n## {}\n\n{state}\n\n{table}", one.image.label);
        }
        let all = self.findings();
        if let Some((tag, difference)) = self.difference(&all) {
            for (word, findings) in [("Worse", &difference.worse), ("Better", &difference.better)] {
                page += &format!("\n## {word} than {tag}\n\n{}", quay_api::markdown(findings));
            }
        }
        page
    }
}
