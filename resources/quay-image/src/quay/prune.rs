//! Deletes tags, and says which before it does.

use kit::{Error, Flag, Result, Text, report};
use quay_api::{Client, Retention, TagQuery, date, now};
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

/// Which tags to delete. Nothing is deleted unless `dry_run` is switched off.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteTags {
    /// A regular expression: tags whose name has a match are meant.
    #[schemars(length(min = 1))]
    pub tag_regex: String,
    /// How long ago a tag must have moved last: a number with `s`, `m`, `h`, `d` or `w`.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub older_than: Option<Text>,
    /// How many of the tags that are meant stay, the newest ones.
    #[serde(default)]
    pub keep_last: usize,
    /// Only say which tags would be deleted. On unless switched off.
    #[serde(default = "on")]
    pub dry_run: Flag,
    /// Allow an expression that every tag has a match for.
    #[serde(default)]
    pub allow_all: Flag,
}

fn on() -> Flag {
    Flag(true)
}

impl DeleteTags {
    /// Returns the rule.
    ///
    /// # Errors
    /// When the expression or the age is none.
    pub(super) fn retention(&self) -> Result<Retention> {
        let matching = Regex::new(&self.tag_regex).map_err(|problem| {
            Error::from(problem).context("`params.delete_tags.tag_regex` can't be used")
        })?;
        let age = self.older_than.as_ref().filter(|text| !text.is_empty());
        let seconds = age.map(|text| {
            quay_api::duration(text.as_str()).ok_or_else(|| {
                Error::new(format!("`params.delete_tags.older_than`: `{text}` is no time"))
                    .hint("as in `30d`")
            })
        });
        let older_than = seconds.transpose()?;
        Ok(Retention { matching, older_than, keep_last: self.keep_last })
    }
}

/// Lists the tags that are to go, and then deletes them, unless it is a dry run. A tag that moved since it was listed
/// stays.
///
/// # Errors
/// When every tag would be meant and that is not allowed, or when Quay refuses.
pub(super) async fn delete_tags(quay: &Client, params: &DeleteTags) -> Result<()> {
    let retention = params.retention()?;
    let rows = quay.tags(&TagQuery::default()).await?;
    let plan = retention.plan(&rows, now());
    let dry = params.dry_run.get();
    if plan.matches_every_tag() && !dry && !params.allow_all.get() {
        return Err(Error::new(format!(
            "`params.delete_tags.tag_regex` has a match in every one of the {} tags: nothing is deleted",
            plan.candidates
        ))
        .hint("make it match fewer, or say that this is meant with `allow_all: true`"));
    }
    for row in &plan.immutable {
        report::info(format_args!("stays, since it is immutable: {}", row.name));
    }
    let word = if dry { "would be deleted" } else { "to be deleted" };
    for row in &plan.delete {
        report::info(format_args!("{word}: {} ({}, since {})", row.name, row.digest, date(row.start)));
    }
    if dry {
        let count = plan.delete.len();
        report::info(format_args!("dry run: {count} tags would be deleted; `dry_run: false` deletes them"));
        return Ok(());
    }
    let mut deleted = 0;
    for row in &plan.delete {
        let unmoved = quay
            .tag(&row.name)
            .await?
            .is_some_and(|found| found.start == row.start && found.digest == row.digest);
        if !unmoved {
            report::info(format_args!("left alone, since it moved meanwhile: {}", row.name));
            continue;
        }
        match quay.delete_tag(&row.name).await {
            // Somebody else was faster.
            Err(problem) if problem.is_not_found() => {}
            outcome => outcome.map(|()| deleted += 1)?,
        }
    }
    report::info(format_args!("deleted {deleted} of {} tags", plan.candidates));
    Ok(())
}
