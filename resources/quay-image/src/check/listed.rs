//! The tags of a repository: from Quay's API with their digests, a hundred at once, or by name from the registry.

use std::collections::HashMap;

use kit::{Result, report};
use oci_registry::{Client, Digest, Reference, Tag};
use quay_api::{Client as Quay, Credentials, TagQuery, TagRow};

use super::resolve::digests;

/// Lists tags.
#[derive(Debug)]
pub(super) struct Lister<'a> {
    client: &'a Client,
    quay: Option<Quay>,
}

/// Tags in the registry's order, and their digests where they came with them.
#[derive(Debug, Default)]
pub(super) struct Listed {
    tags: Vec<Tag>,
    digests: Option<HashMap<Tag, Digest>>,
}

impl<'a> Lister<'a> {
    /// Returns a lister that asks `quay` where it is given. Robots are not allowed to ask it for tags.
    pub(super) fn new(client: &'a Client, quay: Option<Quay>) -> Self {
        let quay = quay.filter(|quay| !matches!(quay.credentials(), Credentials::Basic { .. }));
        // The registry can answer too.
        Self { client, quay: quay.map(|quay| quay.briefly()) }
    }

    /// Returns the registry's client.
    pub(super) fn client(&self) -> &'a Client {
        self.client
    }

    /// Returns what a tag stands for now.
    pub(super) async fn tag(&self, tag: &Tag) -> Result<Option<Digest>> {
        let query = TagQuery { tag: Some(tag.clone()), ..TagQuery::default() };
        if let Some(rows) = self.rows(&query, |row| row.name == *tag).await {
            return Ok(rows.into_iter().find(|row| row.name == *tag).map(|row| row.digest));
        }
        let found = self.client.head(&Reference::Tag(tag.clone())).await?;
        Ok(found.map(|found| found.digest))
    }

    /// Lists tags: all of them, or at least those that contain a text; and, where Quay is asked, no further than the
    /// page with a row that is enough. Quay has the newest first, and can't be asked for those since a moment.
    pub(super) async fn tags(
        &self,
        containing: Option<&str>,
        enough: impl Fn(&TagRow) -> bool,
    ) -> Result<Listed> {
        let query = TagQuery { containing: containing.map(str::to_owned), ..TagQuery::default() };
        let Some(rows) = self.rows(&query, enough).await else {
            return Ok(Listed { tags: self.client.tags().await?, digests: None });
        };
        // The registry lists in the order in which tags were pushed.
        let tags = rows.iter().rev().map(|row| row.name.clone()).collect();
        let digests = rows.into_iter().map(|row| (row.name, row.digest)).collect();
        Ok(Listed { tags, digests: Some(digests) })
    }

    /// Asks Quay's API; `None` where it is not to be asked, or refuses.
    async fn rows(&self, query: &TagQuery, enough: impl Fn(&TagRow) -> bool) -> Option<Vec<TagRow>> {
        match self.quay.as_ref()?.tags_until(query, enough).await {
            Ok(rows) => Some(rows),
            Err(problem) => {
                let problem = kit::Error::from(problem);
                let advice = problem.advice().map(|advice| format!(" ({advice})")).unwrap_or_default();
                report::info(format_args!("{problem}{advice}; asking the registry instead"));
                None
            }
        }
    }
}

impl Listed {
    /// Returns the tags.
    pub(super) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// Returns the digests of `tags`, in their order, each with its tag's place in it. A tag that vanished since it was
    /// listed is left out.
    pub(super) async fn digests(&self, client: &Client, tags: &[&Tag]) -> Result<Vec<(usize, Digest)>> {
        let Some(known) = &self.digests else { return digests(client, tags).await };
        let found = tags.iter().enumerate();
        Ok(found.filter_map(|(place, tag)| Some((place, known.get(*tag)?.clone()))).collect())
    }
}
