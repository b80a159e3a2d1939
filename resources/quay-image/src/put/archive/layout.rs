//! OCI layouts (<https://github.com/opencontainers/image-spec/blob/main/image-layout.md>), in a folder or tarball.

use std::collections::BTreeSet;

use kit::{Context, Error, Result};
use oci_registry::{
    Content, Descriptor, Digest, Image, Index, MAX_MANIFEST_BYTES, Manifest, Platform, media_type,
};
use serde::Deserialize;

use super::LARGEST_LIST;
use super::files::{Files, ImageFile};
use super::referrers;
use crate::put::payload::{Blob, Payload, is_foreign, verify};

/// The list of what is in the layout.
pub(super) const INDEX: &str = "index.json";
/// Says which of the manifests is meant, where the digest is of one image: written by get, as by registry-image.
const SINGLE_IMAGE: &str = "single-image-digest";
/// Names an image within a layout that has several.
pub(super) const NAME: &str = "org.opencontainers.image.ref.name";
/// How deep indexes may lie in indexes.
const DEEPEST: usize = 8;
/// The largest configuration that is read for its platform.
const LARGEST_CONFIG: u64 = 16 * 1024 * 1024;

/// Reads the layout.
///
/// # Errors
/// When something that it names is missing or damaged.
pub(super) fn payload(files: &Files) -> Result<Payload> {
    let top = Walk::new(files).top()?;
    let referrers = referrers::read(files)?;
    Ok(Payload { referrers, ..whole(files, top)? })
}

/// Returns a manifest with all that it leads to.
///
/// # Errors
/// As [`payload`].
pub(super) fn whole(files: &Files, top: Manifest) -> Result<Payload> {
    let mut walk = Walk::new(files);
    walk.visit(&top, DEEPEST)?;
    // The top stands last among what was visited.
    walk.children.retain(|manifest| manifest.digest != top.digest);
    let platform = platform(files, &top)?;
    Ok(Payload { top, children: walk.children, blobs: walk.blobs, platform, referrers: Vec::new() })
}

/// Reads and verifies a manifest.
///
/// # Errors
/// When it is missing, damaged, or no manifest.
pub(super) fn read_manifest(files: &Files, descriptor: &Descriptor) -> Result<Manifest> {
    let path = blob_path(&descriptor.digest);
    let raw = files.get(&path).hint(|| platform_hint(descriptor))?.read(MAX_MANIFEST_BYTES)?;
    verify(&format!("`{path}`"), descriptor, &raw)?;
    Manifest::parse(raw, descriptor.digest.clone(), &descriptor.media_type)
        .context(|| format!("the manifest `{path}` can't be used"))
}

/// Collects what a manifest names, and what that names.
struct Walk<'a> {
    files: &'a Files,
    children: Vec<Manifest>,
    blobs: Vec<Blob>,
}

impl<'a> Walk<'a> {
    fn new(files: &'a Files) -> Self {
        Self { files, children: Vec::new(), blobs: Vec::new() }
    }

    /// Returns what the tags shall name: the image that is marked; else what the layout's own index wraps, if that is
    /// all there is; else that index.
    fn top(&self) -> Result<Manifest> {
        let raw = self.files.get(INDEX)?.read(LARGEST_LIST)?;
        let digest = Digest::sha256(&raw);
        let mut current = Manifest::parse(raw, digest, media_type::OCI_INDEX)
            .context(|| format!("`{INDEX}` can't be used"))?;
        let Content::Index(listed) = &current.content else {
            return Err(Error::new(format!("`{INDEX}` is no index")));
        };
        if let Some(marked) = self.files.find(SINGLE_IMAGE)? {
            return self.marked(listed, &marked);
        }
        check_names(listed)?;
        if let [only] = listed.manifests.as_slice()
            && !media_type::is_index(&only.media_type)
        {
            return read_manifest(self.files, only);
        }
        // Tools wrap an index into the layout's own, registry-image's get once and some twice.
        for _ in 0..DEEPEST {
            let Content::Index(index) = &current.content else { break };
            match index.manifests.as_slice() {
                [only] if media_type::is_index(&only.media_type) => {
                    current = read_manifest(self.files, only)?
                }
                _ => break,
            }
        }
        Ok(current)
    }

    fn marked(&self, listed: &Index, marked: &ImageFile) -> Result<Manifest> {
        let text = String::from_utf8_lossy(&marked.read(LARGEST_LIST)?).trim().to_owned();
        let digest: Digest = text.parse().context(|| format!("`{SINGLE_IMAGE}` can't be used"))?;
        let mut open = listed.manifests.clone();
        for _ in 0..DEEPEST {
            if let Some(found) = open.iter().find(|entry| entry.digest == digest) {
                return read_manifest(self.files, found);
            }
            let [only] = open.as_slice() else { break };
            let Content::Index(index) = read_manifest(self.files, only)?.content else { break };
            open = index.manifests;
        }
        Err(Error::new(format!("`{SINGLE_IMAGE}` names {digest}, which isn't in the layout")))
    }

    /// Adds what a manifest names, then the manifest itself.
    fn visit(&mut self, manifest: &Manifest, depth: usize) -> Result<()> {
        if self.children.iter().any(|known| known.digest == manifest.digest) {
            return Ok(());
        }
        match &manifest.content {
            Content::Index(_) if depth == 0 => {
                return Err(Error::new(format!("its indexes lie more than {DEEPEST} deep")));
            }
            Content::Index(index) => {
                for entry in &index.manifests {
                    let child = read_manifest(self.files, entry)?;
                    self.visit(&child, depth - 1)?;
                }
            }
            Content::Image(image) | Content::Artifact(image) => self.add_blobs(image)?,
        }
        self.children.push(manifest.clone());
        Ok(())
    }

    fn add_blobs(&mut self, image: &Image) -> Result<()> {
        for descriptor in std::iter::once(&image.config).chain(&image.layers) {
            let known = self.blobs.iter().any(|blob| blob.descriptor.digest == descriptor.digest);
            if known || is_foreign(&descriptor.media_type) {
                continue;
            }
            let file = self.files.get(&blob_path(&descriptor.digest))?;
            if file.length != descriptor.size {
                let (name, found, expected) = (&file.name, file.length, descriptor.size);
                return Err(Error::new(format!("`{name}` has {found} bytes, and {expected} were announced"))
                    .hint("the image is damaged: was its building or copying cut off?"));
            }
            self.blobs.push(Blob { descriptor: descriptor.clone(), content: file.content });
        }
        Ok(())
    }
}

fn platform_hint(descriptor: &Descriptor) -> String {
    match &descriptor.platform {
        Some(platform) => format!("the index lists {platform}, but the layout was saved without it"),
        None => "the image is cut off: was its building or copying stopped?".into(),
    }
}

/// Several names mean several images, and nobody says which one to push.
fn check_names(index: &Index) -> Result<()> {
    let names: BTreeSet<&str> =
        index.manifests.iter().filter_map(|entry| entry.annotations.get(NAME)).map(String::as_str).collect();
    if index.manifests.is_empty() {
        return Err(Error::new(format!("`{INDEX}` names no image")));
    }
    if names.len() > 1 {
        let names: Vec<_> = names.into_iter().collect();
        return Err(Error::new(format!("it has {} images: {}", names.len(), names.join(", ")))
            .hint("write a layout for each of them"));
    }
    Ok(())
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

#[derive(Deserialize)]
struct PlatformOfConfig {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

/// Returns the platform that an image's configuration names.
fn platform(files: &Files, manifest: &Manifest) -> Result<Option<Platform>> {
    let Content::Image(image) = &manifest.content else { return Ok(None) };
    let config = files.get(&blob_path(&image.config.digest))?.read(LARGEST_CONFIG)?;
    verify("the image's configuration", &image.config, &config)?;
    Ok(platform_of(&config))
}

/// Reads the platform off a configuration.
pub(in crate::put) fn platform_of(config: &[u8]) -> Option<Platform> {
    let PlatformOfConfig { os, architecture, variant } = serde_json::from_slice(config).ok()?;
    Some(Platform { os: os?, architecture: architecture?, variant: variant.filter(|text| !text.is_empty()) })
}
