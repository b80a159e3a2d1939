//! Tags: listed page by page, changed, deleted, restored.

use kit::http::{Method, StatusCode};
use kit::report;
use oci_registry::{Digest, Tag};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Call, Result};
use crate::tag_list::TagList;
use crate::{Cause, Client, QuayError, Scope, TagRow};

/// The most rows that Quay gives at once.
const LARGEST_PAGE: usize = 100;
/// A server that refuses even these has another reason.
const SMALLEST_PAGE: usize = 10;
/// The most pages that are read: a list that goes on beyond has no end.
const MOST_PAGES: usize = 4_000;
/// How often a list is begun again that changes while it is read.
const MOST_BEGINNINGS: usize = 5;

/// Which rows are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagQuery {
    /// Those of one tag.
    pub tag: Option<Tag>,
    /// Those whose name contains a text. Some databases don't heed case, or take `_` for any letter: more may come.
    pub containing: Option<String>,
    /// Those that ended as well.
    pub with_history: bool,
}

#[derive(Deserialize)]
struct Page {
    tags: Vec<Value>,
    #[serde(default)]
    has_additional: bool,
}

/// What became of one reading of a list.
enum Reading {
    Whole(TagList),
    /// The list changed so much meanwhile that it must be read again.
    Changed,
    /// The server does not take pages of this size.
    TooLarge(QuayError),
    /// The server gives no more than so many rows a page.
    Capped(usize),
}

/// A page of a list, as it came.
struct Answer {
    rows: Vec<TagRow>,
    /// How many rows were sent; one that is none of ours is left out.
    sent: usize,
    goes_on: bool,
}

impl Client {
    /// Lists rows, newest first.
    ///
    /// # Errors
    /// When Quay does not answer, refuses, or the list changes faster than it can be read.
    pub async fn tags(&self, query: &TagQuery) -> Result<Vec<TagRow>> {
        self.tags_until(query, |_| false).await
    }

    /// Lists rows, newest first, and reads no further pages once a row is `enough`.
    ///
    /// # Errors
    /// As [`Client::tags`].
    pub async fn tags_until(
        &self,
        query: &TagQuery,
        enough: impl Fn(&TagRow) -> bool,
    ) -> Result<Vec<TagRow>> {
        let mut largest = LARGEST_PAGE;
        let mut beginnings = 0;
        while beginnings < MOST_BEGINNINGS {
            match self.read_tags(query, &enough, largest).await? {
                Reading::Whole(list) => return Ok(list.into_rows(!query.with_history)),
                Reading::TooLarge(problem) if largest / 2 < SMALLEST_PAGE => return Err(problem),
                Reading::TooLarge(_) => {
                    largest /= 2;
                    report::debug(format_args!("Quay refuses the page of tags; trying pages of {largest}"));
                }
                Reading::Capped(rows) => {
                    largest = rows;
                    report::debug(format_args!("Quay gives {largest} tags a page"));
                }
                Reading::Changed => {
                    beginnings += 1;
                    report::debug("tags were deleted while they were listed; listing them again");
                }
            }
        }
        Err(self.broken_list("it changes faster than it can be read"))
    }

    /// Returns what a tag stands for now; `None` if it is not there.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn tag(&self, tag: &Tag) -> Result<Option<TagRow>> {
        let query = TagQuery { tag: Some(tag.clone()), ..TagQuery::default() };
        Ok(self.tags(&query).await?.into_iter().next())
    }

    /// Says when a tag expires, in seconds since 1970, or that it does not. Quay moves what is less than an hour or
    /// more than two years after the tag's start into these bounds, without a word: read it back.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses: an expiry in the past, or an immutable tag.
    pub async fn set_expiry(&self, tag: &Tag, at: Option<i64>) -> Result<()> {
        let call = self.on_tag("set the expiry", Method::PUT, tag, &[]);
        self.change(call.body(json!({"expiration": at}))).await
    }

    /// Makes a tag immutable. A server without the feature says nothing and does nothing: read it back.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses: a tag that expires.
    pub async fn make_immutable(&self, tag: &Tag) -> Result<()> {
        let call = self.on_tag("make immutable", Method::PUT, tag, &[]);
        self.change(call.body(json!({"immutable": true}))).await
    }

    /// Deletes a tag. It can be restored for a while, two weeks by default.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses: an immutable tag.
    pub async fn delete_tag(&self, tag: &Tag) -> Result<()> {
        self.change(self.on_tag("delete", Method::DELETE, tag, &[])).await
    }

    /// Lets a tag stand again for what it stood for earlier.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses: it was too long ago, or the tag is immutable.
    pub async fn restore_tag(&self, tag: &Tag, digest: &Digest) -> Result<()> {
        let call = self.on_tag("restore", Method::POST, tag, &["restore"]);
        self.change(call.body(json!({"manifest_digest": digest}))).await
    }

    fn on_tag<'a>(&'a self, action: &str, method: Method, tag: &'a Tag, rest: &[&'a str]) -> Call<'a> {
        let path = [&["tag", tag.as_str()], rest].concat();
        self.on_repository(format!("{action} the tag {tag}"), Scope::Write, method, &path)
    }

    /// Reads pages that overlap by a row at least: where the row is missing, rows went away, and what moved up was not
    /// seen.
    async fn read_tags(
        &self,
        query: &TagQuery,
        enough: &impl Fn(&TagRow) -> bool,
        largest: usize,
    ) -> Result<Reading> {
        let mut list = TagList::default();
        let mut end = 0;
        for _ in 0..MOST_PAGES {
            let (number, limit) = next_page(end, largest);
            let Answer { rows, sent, goes_on } = match self.page(query, number, limit).await {
                Err(problem) if is_too_large(&problem) => return Ok(Reading::TooLarge(problem)),
                answer => answer?,
            };
            if goes_on && sent < limit && sent > 1 {
                return Ok(Reading::Capped(sent));
            }
            end = number * limit;
            if list.add(rows, end - limit).is_err() {
                return Ok(Reading::Changed);
            }
            if !goes_on || list.any(enough) {
                return self.with_newest(query, list, largest).await;
            }
        }
        Err(self.broken_list("it has no end"))
    }

    /// Reads the first page again if rows were added meanwhile: a tag that moved is only there.
    async fn with_newest(&self, query: &TagQuery, mut list: TagList, largest: usize) -> Result<Reading> {
        if list.grew() && list.add_newest(self.page(query, 1, largest).await?.rows).is_err() {
            return Ok(Reading::Changed);
        }
        Ok(Reading::Whole(list))
    }

    async fn page(&self, query: &TagQuery, number: usize, limit: usize) -> Result<Answer> {
        let mut call = self
            .on_repository("list the tags", Scope::Read, Method::GET, &["tag", ""])
            .query("page", number.to_string())
            .query("limit", limit.to_string());
        if let Some(tag) = &query.tag {
            call = call.query("specificTag", tag.as_str());
        }
        if let Some(text) = &query.containing {
            call = call.query("filter_tag_name", format!("like:{text}"));
        }
        if !query.with_history {
            call = call.query("onlyActiveTags", "true");
        }
        let page: Page = self.read(call).await?;
        let sent = page.tags.len();
        let rows: Vec<TagRow> =
            page.tags.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect();
        if sent > 0 && rows.is_empty() {
            return Err(self.broken_list("its rows have a shape that is not known"));
        }
        Ok(Answer { rows, sent, goes_on: page.has_additional })
    }

    fn broken_list(&self, problem: &str) -> QuayError {
        let action = format!("list the tags of `{}`", self.repository());
        QuayError::new(action, Cause::Protocol(problem.into()), Scope::Read, &crate::Credentials::Anonymous)
    }
}

/// Returns number and size of the page that leads furthest beyond `end` rows that were read, and begins before their
/// end; where small pages leave none, the one that begins right there. Page `n` of size `s` begins at row
/// `(n - 1) * s`, and no other place can be asked for.
fn next_page(end: usize, largest: usize) -> (usize, usize) {
    let page = |limit: usize| (end.saturating_sub(1) / limit + 1, limit);
    let smallest = (largest / 2).max(1);
    let furthest = (smallest..=largest).map(page).max_by_key(|(number, limit)| number * limit);
    furthest.filter(|(number, limit)| number * limit > end).unwrap_or((end / largest + 1, largest))
}

fn is_too_large(problem: &QuayError) -> bool {
    matches!(
        problem.status(),
        Some(StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_overlap_and_lead_on() {
        for largest in [100, 50, 25, 12, 10] {
            let (mut end, mut pages) = (0, 0);
            while end < 20_000 {
                let (number, limit) = next_page(end, largest);
                let start = (number - 1) * limit;
                assert!(limit <= largest && number * limit > end, "after {end} of {largest}");
                assert!(start <= end, "a gap after {end} of {largest}");
                assert!(end == 0 || largest < 25 || start < end, "no overlap after {end} of {largest}");
                (end, pages) = (number * limit, pages + 1);
            }
            // Not much is read twice.
            assert!(pages * largest < 20_000 * 7 / 4, "{pages} pages of {largest}");
        }
    }

    #[test]
    fn a_thousand_tags_are_eleven_pages() {
        let ends = std::iter::successors(Some(0), |end| {
            let (number, limit) = next_page(*end, LARGEST_PAGE);
            Some(number * limit)
        });
        assert_eq!(ends.take_while(|end| *end < 1000).count(), 11);
    }
}
