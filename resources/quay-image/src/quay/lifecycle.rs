//! What becomes of tags after a push: expiry, immutability, labels.

use std::collections::BTreeMap;

use kit::{Context, Error, Flag, Inputs, Result, Text, report};
use oci_registry::{Digest, Tag};
use quay_api::{Client, Expiry, TagRow, check_label_key, date, now};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::put::TextOrFile;

/// Quay moves an expiry into its bounds; a difference of seconds is only the time that a request takes.
const TOLERATED_SECONDS: u64 = 60;

/// When tags expire: a time (`2w`), a date (`2027-01-31`), or `never`, which takes an expiry away.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TagExpiry {
    /// For all tags that are pushed.
    All(Text),
    /// By tag.
    ByTag(BTreeMap<String, Text>),
}

/// What to do with the tags that were pushed. Read and checked before anything is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lifecycle {
    expiry: Option<Expiry>,
    expiry_by_tag: BTreeMap<Tag, Expiry>,
    immutable: bool,
    labels: BTreeMap<String, String>,
}

impl Lifecycle {
    /// Reads the params.
    ///
    /// # Errors
    /// When an expiry is none, is past, or contradicts `immutable`; when Quay would refuse a label.
    pub(super) fn read(
        expiry: Option<&TagExpiry>,
        immutable: Flag,
        labels: &BTreeMap<String, TextOrFile>,
        from: &Inputs,
    ) -> Result<Self> {
        let mut lifecycle = Self { immutable: immutable.get(), ..Self::default() };
        match expiry {
            Some(TagExpiry::All(text)) if !text.is_empty() => {
                lifecycle.expiry = Some(read_expiry("`params.tag_expiry`", text)?);
            }
            Some(TagExpiry::ByTag(texts)) => {
                for (name, text) in texts {
                    let place = format!("`params.tag_expiry[{name}]`");
                    let tag = name.parse().context(|| format!("{place} can't be used"))?;
                    lifecycle.expiry_by_tag.insert(tag, read_expiry(&place, text)?);
                }
            }
            Some(TagExpiry::All(_)) | None => {}
        }
        for (key, value) in labels {
            check_label_key(key)
                .context(|| "`params.quay_labels` can't be used".into())
                .hint(|| "what Quay itself reads of an image goes into `labels` or `expires_after`".into())?;
            let value = value.read(from).context(|| format!("cannot read `params.quay_labels[{key}]`"))?;
            lifecycle.labels.insert(key.clone(), value);
        }
        lifecycle.refuse_contradiction()?;
        Ok(lifecycle)
    }

    fn refuse_contradiction(&self) -> Result<()> {
        let ends = |expiry: &Expiry| *expiry != Expiry::Never;
        if self.immutable && self.expiry.iter().chain(self.expiry_by_tag.values()).any(ends) {
            return Err(Error::new("`params.immutable` and `params.tag_expiry` contradict each other")
                .hint("an immutable tag does not expire: give one of them, or `tag_expiry: never`"));
        }
        Ok(())
    }

    /// Tells whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that what is said by tag is said of tags that are pushed.
    ///
    /// # Errors
    /// When it isn't.
    pub(super) fn check_tags<'t>(&self, pushed: impl Iterator<Item = &'t Tag>) -> Result<()> {
        let pushed: Vec<&Tag> = pushed.collect();
        match self.expiry_by_tag.keys().find(|tag| !pushed.contains(tag)) {
            None => Ok(()),
            Some(tag) => {
                let names = pushed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                Err(Error::new(format!("`params.tag_expiry` names the tag {tag}, which is not pushed"))
                    .hint(format!("pushed are {names}")))
            }
        }
    }

    /// Does it, to each tag, and reads back what Quay made of it. May be done again.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub(super) async fn apply<'t>(
        &self,
        quay: &Client,
        digest: &Digest,
        tags: impl Iterator<Item = &'t Tag>,
    ) -> Result<()> {
        for (key, value) in &self.labels {
            let done = if quay.set_label(digest, key, value).await? { "set" } else { "was set already" };
            report::info(format_args!("label {key}: {done}"));
        }
        for tag in tags {
            if let Some(expiry) = self.expiry_by_tag.get(tag).copied().or(self.expiry) {
                set_expiry(quay, tag, expiry).await?;
            }
            if self.immutable {
                make_immutable(quay, tag).await?;
            }
        }
        Ok(())
    }
}

fn read_expiry(place: &str, text: &Text) -> Result<Expiry> {
    let expiry = text.as_str().parse().context(|| format!("{place} can't be used"))?;
    match expiry {
        Expiry::At(moment) if moment <= now() => {
            Err(Error::new(format!("{place} is past: {}", date(moment)))
                .hint("to delete tags, use `delete_tags`"))
        }
        _ => Ok(expiry),
    }
}

/// Quay drops an expiry when the same image is pushed again, so it is set after each push.
async fn set_expiry(quay: &Client, tag: &Tag, expiry: Expiry) -> Result<()> {
    if there(quay, tag).await?.immutable == Some(true) {
        report::info(format_args!("tag {tag}: is immutable and does not expire"));
        return Ok(());
    }
    let wanted = expiry.moment(now());
    quay.set_expiry(tag, wanted).await?;
    let found = there(quay, tag).await?.end;
    match (wanted, found) {
        (None, None) => report::info(format_args!("tag {tag}: does not expire")),
        (Some(wanted), Some(found)) if wanted.abs_diff(found) <= TOLERATED_SECONDS => {
            report::info(format_args!("tag {tag}: expires {}", date(found)));
        }
        (Some(wanted), Some(found)) => report::warn(format_args!(
            "tag {tag}: expires {}, not {}: Quay takes one hour to 104 weeks after the push",
            date(found),
            date(wanted)
        )),
        _ => return Err(Error::new(format!("Quay did not keep the expiry of the tag {tag}"))),
    }
    Ok(())
}

async fn make_immutable(quay: &Client, tag: &Tag) -> Result<()> {
    if there(quay, tag).await?.immutable == Some(true) {
        report::info(format_args!("tag {tag}: was immutable already"));
        return Ok(());
    }
    quay.make_immutable(tag).await?;
    match there(quay, tag).await?.immutable {
        Some(true) => report::info(format_args!("tag {tag}: immutable")),
        _ => report::warn(format_args!("tag {tag}: can still move, for this Quay has no immutable tags")),
    }
    Ok(())
}

async fn there(quay: &Client, tag: &Tag) -> Result<TagRow> {
    let found = quay.tag(tag).await?;
    found.ok_or_else(|| Error::new(format!("the tag {tag} of `{}` is no longer there", quay.repository())))
}
