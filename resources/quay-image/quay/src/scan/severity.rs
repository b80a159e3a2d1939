//! How bad a vulnerability is, in the words of Clair.

use std::fmt;

/// How bad a vulnerability is. Ordered, from what nobody has rated yet to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Not rated.
    Unknown,
    /// Of no practical use to anybody.
    Negligible,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 6] =
        [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Negligible, Self::Unknown];

    /// Reads Quay's word. What is unknown to us is taken for unrated.
    pub fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            // Old Clairs had a word for what is worse than critical.
            "critical" | "defcon1" => Self::Critical,
            "high" => Self::High,
            "medium" => Self::Medium,
            "low" => Self::Low,
            "negligible" => Self::Negligible,
            _ => Self::Unknown,
        }
    }

    /// Returns the word in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How many vulnerabilities there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; 6]);

impl Counts {
    /// Counts.
    pub fn of(severities: impl Iterator<Item = Severity>) -> Self {
        let mut counts = Self::default();
        severities.for_each(|severity| counts.0[severity as usize] += 1);
        counts
    }

    /// Returns how many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.0[severity as usize]
    }
}

/// As in `1 critical, 3 low`; `none` where there are none.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let present = Severity::ALL.into_iter().filter(|severity| self.count(*severity) > 0);
        let texts: Vec<String> =
            present.map(|severity| format!("{} {severity}", self.count(severity))).collect();
        f.write_str(if texts.is_empty() { "none" } else { "" })?;
        f.write_str(&texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_and_read_in_any_case() {
        let mut ordered = Severity::ALL;
        ordered.sort();
        ordered.reverse();
        assert_eq!(ordered, Severity::ALL);
        for (word, severity) in
            [("Critical", Severity::Critical), ("HIGH", Severity::High), ("odd", Severity::Unknown)]
        {
            assert_eq!(Severity::of(word), severity, "{word}");
        }
    }

    #[test]
    fn counts_name_what_is_there() {
        assert_eq!(Counts::default().to_string(), "none");
        let some = [Severity::Low, Severity::Critical, Severity::Low];
        assert_eq!(Counts::of(some.into_iter()).to_string(), "1 critical, 2 low");
    }
}
