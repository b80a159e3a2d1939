//! A repository's tags and what becomes of them, in rows that are never taken away.

use super::state::Repository;

/// Two weeks: how long an ended row can be restored.
pub(super) const TIME_MACHINE_SECONDS: i64 = 14 * 24 * 3600;
/// The shortest and the longest expiry that the API sets; others are clamped without a word.
const LEAST_EXPIRY_SECONDS: i64 = 3600;
const GREATEST_EXPIRY_SECONDS: i64 = 104 * 7 * 24 * 3600;

/// What a tag pointed to for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRow {
    /// The tag's name.
    pub name: String,
    /// The manifest.
    pub digest: String,
    /// Since when, in seconds since 1970.
    pub start: i64,
    /// Until when: the past for dead rows, an expiry for live ones.
    pub end: Option<i64>,
    /// Whether it was restored to an earlier manifest.
    pub reversion: bool,
    /// Whether it may be moved or deleted.
    pub immutable: bool,
}

impl TagRow {
    /// Tells whether the row counts at a moment.
    pub fn is_live(&self, now: i64) -> bool {
        self.end.is_none_or(|end| end > now)
    }
}

impl Repository {
    /// Returns what a tag points to at a moment.
    pub fn live(&self, name: &str, now: i64) -> Option<&TagRow> {
        self.tags.iter().rev().find(|row| row.name == name && row.is_live(now))
    }

    /// Returns the names of all tags that exist at a moment, in the order in which they were pushed.
    pub fn live_names(&self, now: i64) -> Vec<String> {
        self.tags.iter().filter(|row| row.is_live(now)).map(|row| row.name.clone()).collect()
    }

    /// Points a tag at a manifest, which ends what it pointed to before. The manifest's own label says when it expires.
    pub fn point(&mut self, name: &str, digest: &str, now: i64) {
        self.end(name, now);
        let expires_after = self.manifests.get(digest).and_then(|manifest| manifest.expires_after);
        let immutable =
            self.immutable_tags && (self.is_immutable_by_policy(name) || self.is_immutable_by_label(digest));
        self.tags.push(TagRow {
            name: name.into(),
            digest: digest.into(),
            start: now,
            // Immutability wins over expiry.
            end: expires_after.filter(|_| !immutable).map(|seconds| now + seconds),
            reversion: false,
            immutable,
        });
    }

    /// Ends a tag. Tells whether there was one.
    pub fn end(&mut self, name: &str, now: i64) -> bool {
        let row = self.live_mut(name, now);
        row.map(|row| row.end = Some(now)).is_some()
    }

    /// Deletes a tag, and with a manifest's last tag that of its cosign signature.
    pub fn delete(&mut self, name: &str, now: i64) -> bool {
        let Some(digest) = self.live(name, now).map(|row| row.digest.clone()) else { return false };
        self.end(name, now);
        if !self.tags.iter().any(|row| row.digest == digest && row.is_live(now)) {
            self.end(&format!("{}.sig", digest.replace(':', "-")), now);
        }
        true
    }

    pub(super) fn live_mut(&mut self, name: &str, now: i64) -> Option<&mut TagRow> {
        self.tags.iter_mut().rev().find(|row| row.name == name && row.is_live(now))
    }

    /// Tells whether a manifest is there: by a live tag, or because it never had one.
    pub(super) fn is_available(&self, digest: &str, now: i64) -> bool {
        let mut rows = self.tags.iter().filter(|row| row.digest == digest).peekable();
        self.manifests.contains_key(digest) && (rows.peek().is_none() || rows.any(|row| row.is_live(now)))
    }

    /// Tells whether a manifest has a live tag, or had one that can still be restored.
    pub(super) fn is_restorable(&self, digest: &str, now: i64) -> bool {
        let recent = |row: &TagRow| row.end.is_none_or(|end| end + TIME_MACHINE_SECONDS > now);
        self.tags.iter().any(|row| row.digest == digest && recent(row))
    }

    fn is_immutable_by_policy(&self, name: &str) -> bool {
        self.immutability_policies.iter().any(|policy| {
            let pattern = regex::Regex::new(policy["tagPattern"].as_str().unwrap_or_default());
            // Python's `match` begins at the name's start.
            let matches =
                pattern.is_ok_and(|pattern| pattern.find(name).is_some_and(|found| found.start() == 0));
            matches == policy["tagPatternMatches"].as_bool().unwrap_or(true)
        })
    }

    fn is_immutable_by_label(&self, digest: &str) -> bool {
        self.manifests.get(digest).is_some_and(|manifest| {
            manifest.labels.iter().any(|label| label.key == "quay.immutable" && label.value == "true")
        })
    }
}

/// Returns the expiry that Quay makes of one asked for.
pub(super) fn clamped_expiry(start: i64, asked: i64) -> i64 {
    asked.clamp(start + LEAST_EXPIRY_SECONDS, start + GREATEST_EXPIRY_SECONDS)
}

/// Reads the value of `quay.expires-after` as Quay does: a number and one of `s`, `m`, `h`, `d`, `w`; anything else is
/// ignored.
pub(super) fn expires_after(value: &str) -> Option<i64> {
    let unit = value.chars().last()?;
    let count: i64 = value.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    count.checked_mul(seconds).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_labels_are_read_or_ignored() {
        let cases = [
            ("2h", Some(7200)),
            ("1d", Some(86_400)),
            ("2w", Some(1_209_600)),
            ("90s", Some(90)),
            ("", None),
            ("2", None),
            ("h", None),
            ("1y", None),
            ("-1h", None),
            ("1.5h", None),
        ];
        for (value, expected) in cases {
            assert_eq!(expires_after(value), expected, "{value}");
        }
    }

    #[test]
    fn moving_a_tag_ends_its_row_and_keeps_it() {
        let mut repository = Repository::default();
        repository.point("a", "sha256:1", 100);
        repository.point("a", "sha256:2", 200);
        assert_eq!(repository.live("a", 200).map(|row| row.digest.as_str()), Some("sha256:2"));
        assert_eq!((repository.tags.len(), repository.tags[0].end), (2, Some(200)));
        assert!(repository.is_restorable("sha256:1", 200 + TIME_MACHINE_SECONDS - 1));
        assert!(!repository.is_restorable("sha256:1", 200 + TIME_MACHINE_SECONDS));
        assert!(repository.end("a", 300) && !repository.end("a", 301));
    }
}
