//! What a push does at Quay beside pushing.

use kit::{Error, Inputs, Metadata, Result};
use oci_registry::{Client as Registry, Digest, Tag};
use quay_api::Client;

use super::gate::Gate;
use super::lifecycle::Lifecycle;
use super::prune::delete_tags;
use super::scan::ScanParams;
use super::settings::Declared;
use crate::put::Params;
use crate::source::Source;

/// What a push does at Quay beside pushing, read and checked before anything is changed.
#[derive(Debug)]
pub struct AtQuay<'a> {
    source: &'a Source,
    params: &'a Params,
    lifecycle: Lifecycle,
    settings: Option<Declared>,
    quay: Option<Client>,
}

impl<'a> AtQuay<'a> {
    /// Reads source and params.
    ///
    /// # Errors
    /// When something in them can't be used.
    pub fn read(source: &'a Source, params: &'a Params, from: &Inputs) -> Result<Self> {
        let lifecycle =
            Lifecycle::read(params.tag_expiry.as_ref(), params.immutable, &params.quay_labels, from)?;
        if let Some((scan, place)) = source.scan_of(params.scan.as_ref()) {
            scan.check(place)?;
        }
        if let Some(delete_tags) = &params.delete_tags {
            delete_tags.retention()?;
        }
        Ok(Self { source, params, lifecycle, settings: params.declared(from)?, quay: None })
    }

    /// Makes ready for the push: the repository as declared, and credentials that suffice for what comes after it.
    ///
    /// # Errors
    /// When Quay's API is needed and not given, does not answer, or refuses.
    pub async fn prepare(&mut self, registry: &Registry, from: &Inputs) -> Result<()> {
        let Some(needs) = self.needs() else { return Ok(()) };
        let quay = self.source.required_quay(registry.repository(), needs).await?;
        if let Some(settings) = &self.settings {
            settings.apply(&quay, &self.params.secrets(), from, self.params.dry_run.get()).await?;
        }
        if !self.lifecycle.is_empty() || self.params.delete_tags.is_some() {
            quay.require_write().await?;
        }
        self.quay = Some(quay);
        Ok(())
    }

    /// Names the first thing that needs Quay's API.
    fn needs(&self) -> Option<&'static str> {
        let params = self.params;
        let all = [
            ("`params.tag_expiry`", params.tag_expiry.is_some()),
            ("`params.immutable`", params.immutable.get()),
            ("`params.quay_labels`", !params.quay_labels.is_empty()),
            ("`params.settings`", self.settings.is_some()),
            ("`params.delete_tags`", params.delete_tags.is_some()),
            ("`params.scan`", params.scan.is_some()),
            ("`source.scan`", self.source.scan.is_some()),
        ];
        all.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }

    /// Fails if what the scanner found in the image, which no tag names yet, is not tolerated.
    ///
    /// # Errors
    /// When it isn't, or Quay can't be asked.
    pub async fn gate(&self, registry: &Registry, digest: &Digest, metadata: &mut Metadata) -> Result<()> {
        let scan: Option<(&ScanParams, &str)> = self.source.scan_of(self.params.scan.as_ref());
        let (Some(quay), Some((params, place))) = (&self.quay, scan) else { return Ok(()) };
        let platform = self.source.platform(None);
        let gate = Gate { quay, registry, params, place, platform: &platform };
        let checked = gate.look(digest).await?;
        checked.add_metadata(metadata);
        checked.enforce()
    }

    /// Checks what is said by tag against the tags that are about to move.
    ///
    /// # Errors
    /// When it is said of another tag.
    pub fn check_tags<'t>(&self, tags: impl Iterator<Item = &'t Tag>) -> Result<()> {
        self.lifecycle.check_tags(tags)
    }

    /// Does what comes after the push: expiry, labels, immutability, and the deletion of other tags.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn finish<'t>(&self, digest: &Digest, tags: impl Iterator<Item = &'t Tag>) -> Result<()> {
        let Some(quay) = &self.quay else { return Ok(()) };
        self.lifecycle.apply(quay, digest, tags).await?;
        match &self.params.delete_tags {
            Some(params) => delete_tags(quay, params).await,
            None => Ok(()),
        }
    }
}

impl Source {
    /// Returns Quay's client for something that can't be done without.
    ///
    /// # Errors
    /// When there is no `quay` block.
    pub async fn required_quay(&self, repository: &oci_registry::Repository, what: &str) -> Result<Client> {
        self.quay_client(repository).await?.ok_or_else(|| {
            Error::new(format!("{what} needs Quay's own API, and `source.quay` is not given"))
                .hint("`quay: {token: ((quay-oauth-token))}` in the source switches it on")
        })
    }
}
