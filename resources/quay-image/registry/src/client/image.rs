//! One image: its manifest, out of an index if need be, and its configuration.

use bytes::Bytes;
use oci_distribution::config::ConfigFile;

use super::{Client, Result};
use crate::{Cause, Content, Descriptor, Manifest, Platform, Reference, media_type};

/// How deep indexes may lie in indexes.
const DEEPEST: usize = 4;
/// The largest configuration that is read: 16 MiB. Real ones are kilobytes.
const LARGEST_CONFIG: u64 = 16 * 1024 * 1024;

/// An image's configuration: the bytes that have the digest, and what they say.
#[derive(Clone, Debug)]
pub struct ImageConfig {
    /// The bytes.
    pub raw: Bytes,
    /// What they say.
    pub file: ConfigFile,
}

impl Client {
    /// Reads the manifest of one image or artifact: the one that is named, or, if that is an index, the one in it (or
    /// in an index in it) for `platform`. `None` when the name isn't there.
    ///
    /// # Errors
    /// As [`Client::manifest`]; and when the index has nothing for the platform, naming those that it has.
    pub async fn image(&self, reference: &Reference, platform: &Platform) -> Result<Option<Manifest>> {
        let Some(top) = self.manifest(reference).await? else { return Ok(None) };
        let Content::Index(index) = &top.content else { return Ok(Some(top)) };
        let name = || self.repository().name_of(reference);
        let platforms = index.platforms();
        let mut open = vec![(top, DEEPEST)];
        while let Some((manifest, depth)) = open.pop() {
            let Content::Index(index) = &manifest.content else { return Ok(Some(manifest)) };
            if depth == 0 {
                continue;
            }
            let nested = index
                .manifests
                .iter()
                .filter(|entry| entry.platform.is_none() && media_type::is_index(&entry.media_type));
            let wanted: Vec<&Descriptor> =
                index.select(platform).map_or_else(|| nested.collect(), |found| vec![found]);
            for entry in wanted.into_iter().rev() {
                let child = self.manifest(&Reference::Digest(entry.digest.clone())).await?;
                let lost = || format!("the index `{}` names {}, which is gone", name(), entry.digest);
                let child = child.ok_or_else(|| {
                    self.failed(format!("read the image `{}`", name()), Cause::Protocol(lost()))
                })?;
                open.push((child, depth - 1));
            }
        }
        let problem = format!("it has no image for {platform}; it has {platforms}");
        Err(self.failed(format!("read the image `{}`", name()), Cause::Platform(problem)))
    }

    /// Reads and verifies an image's configuration (at most 16 MiB).
    ///
    /// # Errors
    /// When the manifest is no image, or the blob can't be read.
    pub async fn config(&self, manifest: &Manifest) -> Result<ImageConfig> {
        let action = || format!("read the configuration of `{}@{}`", self.repository(), manifest.digest);
        let Content::Image(image) = &manifest.content else {
            let problem = "it is no image: only images have a configuration".to_owned();
            return Err(self.failed(action(), Cause::Protocol(problem)));
        };
        let raw = self.blob_bytes(&image.config, LARGEST_CONFIG).await?;
        let file = serde_json::from_slice(&raw);
        let file = file.map_err(|problem| self.failed(action(), Cause::Config(problem)))?;
        Ok(ImageConfig { raw, file })
    }
}
