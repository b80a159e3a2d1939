//! What is added, removed and changed.

use std::collections::BTreeMap;

use crate::manifest::{Object, ObjectKey};

/// One object's change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which object.
    pub key: ObjectKey,
    /// As it was; `None` where it is new.
    pub before: Option<Object>,
    /// As it will be; `None` where it goes.
    pub after: Option<Object>,
}

/// All changes, in the order of kinds and names.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// The changes.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Compares two sets of objects.
    pub fn between(before: &[Object], after: &[Object]) -> Self {
        let index = |objects: &[Object]| -> BTreeMap<ObjectKey, Object> {
            objects.iter().map(|object| (object.key(), object.clone())).collect()
        };
        let (mut old, new) = (index(before), index(after));
        let mut changes = Vec::new();
        for (key, object) in new {
            match old.remove(&key) {
                Some(before) if before == object => {}
                before => changes.push(Change { key, before, after: Some(object) }),
            }
        }
        changes.extend(old.into_iter().map(|(key, object)| Change {
            key,
            before: Some(object),
            after: None,
        }));
        changes.sort_by(|one, other| one.key.cmp(&other.key));
        Self { changes }
    }

    /// Tells whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns how many objects change in which way: `2 changed, 1 added`.
    pub fn summary(&self) -> String {
        let count = |fits: fn(&Change) -> bool| self.changes.iter().filter(|change| fits(change)).count();
        let counts = [
            (count(|change| change.before.is_some() && change.after.is_some()), "changed"),
            (count(|change| change.before.is_none()), "added"),
            (count(|change| change.after.is_none()), "removed"),
        ];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if parts.is_empty() { "no changes".into() } else { parts.join(", ") }
    }
}
