//! Rows of tags, put together from pages that may change while they are read.

use std::collections::HashSet;

use oci_registry::{Digest, Tag};

use crate::TagRow;

/// Rows read so far, newest first. Pages overlap, so that what was deleted or added meanwhile is noticed.
#[derive(Debug, Default)]
pub(crate) struct TagList {
    rows: Vec<TagRow>,
    seen: HashSet<(Tag, i64, Digest)>,
    /// The place after the last row that was read, in the list as Quay has it.
    end: usize,
    grew: bool,
}

/// Rows went away meanwhile, so that others moved up into pages that had been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap;

impl TagList {
    /// Adds a page whose first row has the place `start` in Quay's list.
    pub(crate) fn add(&mut self, page: Vec<TagRow>, start: usize) -> Result<(), Gap> {
        let overlap = self.end.saturating_sub(start);
        if let Some(last) = self.rows.last().filter(|_| overlap > 0) {
            let place = page.iter().position(|row| key(row) == key(last)).ok_or(Gap)?;
            self.grew |= place >= overlap;
        }
        self.end = start + page.len();
        self.rows.extend(page.into_iter().filter(|row| self.seen.insert(key(row))));
        Ok(())
    }

    /// Tells whether rows were added meanwhile, which are then before those that were read.
    pub(crate) fn grew(&self) -> bool {
        self.grew
    }

    /// Adds what is new on a first page that was read again.
    pub(crate) fn add_newest(&mut self, page: Vec<TagRow>) -> Result<(), Gap> {
        let newest = self.rows.first().map(key);
        if newest.is_some_and(|newest| !page.iter().any(|row| key(row) == newest)) {
            return Err(Gap);
        }
        let mut new: Vec<TagRow> = page.into_iter().filter(|row| self.seen.insert(key(row))).collect();
        new.append(&mut self.rows);
        self.rows = new;
        Ok(())
    }

    /// Tells whether there is a row that is enough.
    pub(crate) fn any(&self, enough: impl Fn(&TagRow) -> bool) -> bool {
        self.rows.iter().any(enough)
    }

    /// Returns the rows, or of each tag only the newest one: a tag that moved meanwhile was read twice.
    pub(crate) fn into_rows(mut self, only_newest: bool) -> Vec<TagRow> {
        if only_newest {
            let mut names = HashSet::new();
            self.rows.retain(|row| names.insert(row.name.clone()));
        }
        self.rows
    }
}

fn key(row: &TagRow) -> (Tag, i64, Digest) {
    (row.name.clone(), row.start, row.digest.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &str) -> Vec<TagRow> {
        let digest: Digest = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
        let row = |(name, start): (&str, &str)| TagRow {
            name: name.parse().unwrap(),
            digest: digest.clone(),
            start: start.parse().unwrap(),
            end: None,
            is_manifest_list: false,
            size: None,
            reversion: false,
            immutable: None,
        };
        names.split_whitespace().map(|text| row(text.split_once('@').unwrap())).collect()
    }

    fn shown(rows: &[TagRow]) -> String {
        rows.iter().map(|row| format!("{}@{}", row.name, row.start)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn changes_between_pages_are_noticed() {
        let cases = [
            ("nothing", "c@3 b@2", Ok(false), "e@5 d@4 c@3 b@2"),
            ("one was pushed", "d@4 c@3 b@2", Ok(true), "e@5 d@4 c@3 b@2"),
            ("one was deleted", "b@2 a@1", Err(Gap), ""),
            ("all were deleted", "", Err(Gap), ""),
        ];
        for (case, second, expected, all) in cases {
            let mut list = TagList::default();
            list.add(rows("e@5 d@4 c@3"), 0).unwrap();
            let outcome = list.add(rows(second), 2).map(|()| list.grew());
            assert_eq!(outcome, expected, "{case}");
            if outcome.is_ok() {
                assert_eq!(shown(&list.into_rows(true)), all, "{case}");
            }
        }
    }

    #[test]
    fn a_tag_that_moved_meanwhile_counts_once_as_what_it_is_now() {
        let mut list = TagList::default();
        list.add(rows("c@3 b@2 a@1"), 0).unwrap();
        assert_eq!(list.add_newest(rows("a@4 c@3")), Ok(()));
        assert_eq!(shown(&list.into_rows(true)), "a@4 c@3 b@2");
        let mut list = TagList::default();
        list.add(rows("b@2 a@1"), 0).unwrap();
        assert_eq!(list.add_newest(rows("d@4 c@3")), Err(Gap), "more than a page is new");
    }
}
