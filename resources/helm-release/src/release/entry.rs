//! A revision as its labels tell it, without its body.

use std::collections::BTreeMap;

use super::Status;

/// One revision of one release: what a list without bodies tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the record lies, which is where the release is.
    pub namespace: String,
    /// The release's name.
    pub release: String,
    /// The revision, from 1.
    pub revision: u64,
    /// Its state now.
    pub status: Status,
    /// When the record was made, in seconds since 1970.
    pub created: i64,
    /// When the record was last written, in seconds since 1970. Helm keeps no finer time in labels.
    pub modified: i64,
    /// The labels that the user gave the release.
    pub labels: BTreeMap<String, String>,
}

impl Entry {
    /// The name of the revision's object or row.
    pub fn key(&self) -> String {
        key(&self.release, self.revision)
    }

    /// When the revision came to the state that a version tells of. What is superseded was last written when its
    /// successor was, so its own time is when it was made.
    pub fn time(&self) -> i64 {
        if self.status == Status::Superseded { self.created } else { self.modified }
    }
}

/// Helm's name for the record of a revision.
pub(super) fn key(release: &str, revision: u64) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

/// The labels that Helm itself writes; all others are the user's.
const OWN_LABELS: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// Reads an entry off a record's labels; `Err` says which label is wrong.
pub(super) fn from_labels(
    namespace: &str,
    labels: &BTreeMap<String, String>,
    created: i64,
) -> Result<Entry, String> {
    let label = |name: &str| labels.get(name).map(String::as_str).ok_or(format!("label `{name}` is missing"));
    let revision = label("version")?;
    let revision = revision.parse().map_err(|_| format!("label `version` is `{revision}`, not a number"))?;
    let time = |name: &str| labels.get(name).and_then(|text| text.parse().ok());
    Ok(Entry {
        namespace: namespace.to_owned(),
        release: label("name")?.to_owned(),
        revision,
        status: label("status")?
            .parse()
            .map_err(|problem: super::status::UnknownStatus| problem.to_string())?,
        created,
        modified: time("modifiedAt").or_else(|| time("createdAt")).unwrap_or(created),
        labels: labels
            .iter()
            .filter(|(name, _)| !OWN_LABELS.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    })
}

/// Returns the highest revision of each release, in the order of their names.
pub fn newest_per_release(entries: &[Entry]) -> Vec<&Entry> {
    let mut newest: BTreeMap<(&str, &str), &Entry> = BTreeMap::new();
    for entry in entries {
        let known = newest.entry((&entry.namespace, &entry.release)).or_insert(entry);
        if entry.revision > known.revision {
            *known = entry;
        }
    }
    newest.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn labels_tell_an_entry_or_what_is_wrong_with_it() {
        let good = [("name", "web"), ("owner", "helm"), ("status", "deployed"), ("version", "3")];
        let entry = from_labels("shop", &labels(&good), 7).unwrap();
        assert_eq!((entry.revision, entry.modified, entry.labels.len()), (3, 7, 0));
        let cases: [(&[(&str, &str)], &str); 3] = [
            (&[("name", "web"), ("status", "deployed")], "label `version` is missing"),
            (&[("name", "web"), ("version", "x")], "label `version` is `x`, not a number"),
            (&[("name", "a"), ("version", "1"), ("status", "odd")], "`odd` is no state of a Helm release"),
        ];
        for (pairs, expected) in cases {
            assert_eq!(from_labels("shop", &labels(pairs), 0).unwrap_err(), expected);
        }
    }
}
