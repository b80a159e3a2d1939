//! Which tags are to be deleted.

use regex::Regex;

use crate::TagRow;

/// Which tags are to be deleted: those that match, are older than the age, and are not among the newest ones.
#[derive(Clone, Debug)]
pub struct Retention {
    /// What a tag's name must have a match for.
    pub matching: Regex,
    /// How old a tag must be, in seconds since it was last moved. `None` also takes what was pushed a moment ago.
    pub older_than: Option<i64>,
    /// How many of the matching tags stay, the newest ones.
    pub keep_last: usize,
}

/// What is to become of a repository's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan<'a> {
    /// Those to delete, oldest first.
    pub delete: Vec<&'a TagRow>,
    /// Those that would be deleted, were they not immutable.
    pub immutable: Vec<&'a TagRow>,
    /// How many match, whether they stay or go.
    pub matching: usize,
    /// How many there are that could have matched: signatures and the like can't.
    pub candidates: usize,
}

impl Plan<'_> {
    /// Tells whether there is no tag that the expression spares.
    pub fn matches_every_tag(&self) -> bool {
        self.candidates > 0 && self.matching == self.candidates
    }
}

impl Retention {
    /// Decides at `now`, in seconds since 1970. What cosign attached to images is left alone: Quay deletes signatures with
    /// the last tag of their image.
    pub fn plan<'a>(&self, rows: &'a [TagRow], now: i64) -> Plan<'a> {
        let candidates = rows.iter().filter(|row| row.is_live(now) && !row.is_attachment());
        let mut plan = Plan { candidates: candidates.clone().count(), ..Plan::default() };
        let mut matching: Vec<&TagRow> =
            candidates.filter(|row| self.matching.is_match(row.name.as_str())).collect();
        plan.matching = matching.len();
        matching.sort_by(|one, other| other.start.cmp(&one.start).then_with(|| other.name.cmp(&one.name)));
        let old = matching
            .into_iter()
            .skip(self.keep_last)
            .filter(|row| self.older_than.is_none_or(|age| now.saturating_sub(row.start) > age));
        let (immutable, delete): (Vec<&TagRow>, Vec<&TagRow>) =
            old.rev().partition(|row| row.immutable == Some(true));
        Plan { delete, immutable, ..plan }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that are written as `name@start`, with `!` for immutable and `-` for ended.
    fn rows(text: &str) -> Vec<TagRow> {
        let digest = format!("sha256:{}", "a".repeat(64));
        let row = |text: &str| {
            let (name, start) = text.split_once('@').unwrap();
            let (start, mark) = match start.strip_suffix(['!', '-']) {
                Some(number) => (number, &start[number.len()..]),
                None => (start, ""),
            };
            TagRow {
                name: name.parse().unwrap(),
                digest: digest.parse().unwrap(),
                start: start.parse().unwrap(),
                end: (mark == "-").then_some(0),
                is_manifest_list: false,
                size: None,
                reversion: false,
                immutable: Some(mark == "!"),
            }
        };
        text.split(' ').map(row).collect()
    }

    #[test]
    fn what_matches_is_old_and_not_among_the_newest_goes() {
        let all = rows("pr-1@10 pr-2@20 pr-3@30 pr-4@40! pr-5@50- main@5 sha256-0.sig@1");
        let cases = [
            ("all that match", "^pr-", None, 0, "pr-1 pr-2 pr-3", "pr-4"),
            ("all but the newest", "^pr-", None, 2, "pr-1 pr-2", ""),
            ("the old ones", "^pr-", Some(75), 0, "pr-1 pr-2", ""),
            ("both", "^pr-", Some(75), 3, "pr-1", ""),
            ("exactly as old is not older", "^pr-1$", Some(90), 0, "", ""),
            ("signatures never", "sha256", None, 0, "", ""),
            ("more are kept than there are", "", None, 100, "", ""),
        ];
        for (case, pattern, older_than, keep_last, delete, immutable) in cases {
            let retention = Retention { matching: Regex::new(pattern).unwrap(), older_than, keep_last };
            let plan = retention.plan(&all, 100);
            let names =
                |rows: &[&TagRow]| rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(" ");
            assert_eq!(
                (names(&plan.delete).as_str(), names(&plan.immutable).as_str()),
                (delete, immutable),
                "{case}"
            );
        }
    }

    #[test]
    fn an_expression_that_spares_nothing_is_noticed() {
        let all = rows("pr-1@10 main@5 sha256-0.sig@1");
        for (pattern, every) in [(".*", true), ("", true), ("^pr-", false), ("^(pr-|main)", true)] {
            let retention =
                Retention { matching: Regex::new(pattern).unwrap(), older_than: None, keep_last: 0 };
            assert_eq!(retention.plan(&all, 100).matches_every_tag(), every, "{pattern}");
        }
    }
}
