//! Which findings are tolerated.

use super::{Counts, Finding, Severity};

/// Which findings are tolerated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The worst severity that is tolerated; `None` tolerates nothing.
    pub tolerate: Option<Severity>,
    /// Count only what a newer version of the package fixes.
    pub only_fixable: bool,
    /// What does not count.
    pub exceptions: Vec<Exception>,
}

/// What does not count: a vulnerability, a package, or a vulnerability of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The vulnerability's name.
    pub name: Option<String>,
    /// The package.
    pub package: Option<String>,
    /// Why it does not count.
    pub reason: String,
}

impl Exception {
    fn covers(&self, finding: &Finding) -> bool {
        let fits = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
        };
        fits(&self.name, &finding.name) && fits(&self.package, &finding.package)
    }
}

/// What a policy says of findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict<'a> {
    /// Those that are not tolerated, the worst first.
    pub refused: Vec<&'a Finding>,
    /// Those that do not count, with the reason.
    pub excepted: Vec<(&'a Finding, &'a str)>,
    /// How many there are in all.
    pub counts: Counts,
}

impl Verdict<'_> {
    /// Tells whether everything is tolerated.
    pub fn passes(&self) -> bool {
        self.refused.is_empty()
    }
}

impl Policy {
    /// Judges findings.
    pub fn judge<'a>(&'a self, findings: &'a [Finding]) -> Verdict<'a> {
        let mut verdict = Verdict {
            counts: Counts::of(findings.iter().map(|finding| finding.severity)),
            ..Verdict::default()
        };
        for finding in findings {
            let exception = self.exceptions.iter().find(|exception| exception.covers(finding));
            if let Some(exception) = exception {
                verdict.excepted.push((finding, &exception.reason));
            } else if self.refuses(finding) {
                verdict.refused.push(finding);
            }
        }
        verdict
    }

    fn refuses(&self, finding: &Finding) -> bool {
        let tolerated = self.tolerate.is_some_and(|worst| finding.severity <= worst);
        !tolerated && (finding.fixed_by.is_some() || !self.only_fixable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(name: &str, severity: Severity, package: &str, fixed_by: Option<&str>) -> Finding {
        Finding {
            name: name.into(),
            severity,
            package: package.into(),
            version: "1".into(),
            fixed_by: fixed_by.map(str::to_owned),
            link: String::new(),
            description: String::new(),
            score: None,
        }
    }

    #[test]
    fn a_policy_refuses_what_is_worse_than_tolerated_and_no_exception() {
        let findings = [
            finding("CVE-1", Severity::Critical, "ssl", Some("2")),
            finding("CVE-2", Severity::High, "ssl", None),
            finding("CVE-3", Severity::High, "zip", Some("2")),
            finding("CVE-4", Severity::Low, "zip", None),
            finding("CVE-5", Severity::Unknown, "zip", None),
        ];
        let exception = |name: Option<&str>, package: Option<&str>| Exception {
            name: name.map(str::to_owned),
            package: package.map(str::to_owned),
            reason: "known".into(),
        };
        let policy = |tolerate, only_fixable, exceptions| Policy { tolerate, only_fixable, exceptions };
        let medium = Some(Severity::Medium);
        let cases = [
            ("nothing tolerated", policy(None, false, vec![]), "CVE-1 CVE-2 CVE-3 CVE-4 CVE-5"),
            ("medium", policy(medium, false, vec![]), "CVE-1 CVE-2 CVE-3"),
            ("high", policy(Some(Severity::High), false, vec![]), "CVE-1"),
            ("all", policy(Some(Severity::Critical), false, vec![]), ""),
            ("fixable", policy(medium, true, vec![]), "CVE-1 CVE-3"),
            ("a vulnerability", policy(medium, false, vec![exception(Some("cve-1"), None)]), "CVE-2 CVE-3"),
            ("a package", policy(medium, false, vec![exception(None, Some("ssl"))]), "CVE-3"),
            (
                "another package",
                policy(medium, false, vec![exception(Some("CVE-1"), Some("zip"))]),
                "CVE-1 CVE-2 CVE-3",
            ),
        ];
        for (case, policy, expected) in cases {
            let verdict = policy.judge(&findings);
            let refused: Vec<&str> = verdict.refused.iter().map(|finding| finding.name.as_str()).collect();
            assert_eq!(refused.join(" "), expected, "{case}");
            assert_eq!(verdict.passes(), expected.is_empty(), "{case}");
            assert_eq!(verdict.counts.to_string(), "1 critical, 2 high, 1 low, 1 unknown", "{case}");
        }
    }
}
