//! Finds what an image is made on.

use std::path::{Path, PathBuf};

use kit::{Context, Error, Inputs, Result};
use oci_assemble::Base;
use oci_registry::{Client, Content as Said, Image, Manifest, Platform, Reference};

use super::advised;
use crate::put::archive;
use crate::put::content::{Content, Remote};
use crate::put::payload::{Blob, Payload, is_foreign};

/// The largest configuration that is read: 16 MiB. Real ones are kilobytes.
const LARGEST_CONFIG: u64 = 16 * 1024 * 1024;
/// How deep indexes may lie in indexes.
const DEEPEST: usize = 4;
/// What a get writes beside an image: where it came from.
const REPOSITORY_FILE: &str = "repository";
const TAG_FILE: &str = "tag";
const LONGEST_NAME: u64 = 4096;

/// What an image is made on.
#[derive(Clone, Debug)]
pub enum BaseFrom {
    /// Nothing.
    Scratch,
    /// A `docker save` tarball, an OCI tarball, or a folder with an OCI layout.
    Path {
        /// Where it is.
        path: PathBuf,
        /// The folder that no link may leave.
        within: PathBuf,
    },
    /// An image in a registry. Its layers are not fetched, but for those that have to be passed on.
    Registry {
        /// A client of its repository.
        client: Client,
        /// Which image.
        reference: Reference,
    },
}

/// A base that has been found, for one platform or several.
pub(super) enum Found {
    Scratch,
    Local { payload: Box<Payload>, name: Option<String> },
    Remote(Box<RemoteBase>),
}

/// A base in a registry.
pub(super) struct RemoteBase {
    client: Client,
    reference: Reference,
    top: Manifest,
    /// For which platform it is, where it is one image.
    platform: Option<Platform>,
}

/// A base for one platform, and its blobs.
pub(super) struct FoundBase {
    pub(super) base: Base,
    pub(super) blobs: Vec<Blob>,
}

impl BaseFrom {
    /// Returns where it is, if it is on disk.
    pub(in crate::put) fn path(&self) -> Option<&Path> {
        match self {
            Self::Path { path, .. } => Some(path),
            Self::Scratch | Self::Registry { .. } => None,
        }
    }

    pub(super) async fn open(&self) -> Result<Found> {
        match self {
            Self::Scratch => Ok(Found::Scratch),
            Self::Path { path, within } => {
                let payload = archive::open(path.clone(), within.clone());
                let payload = payload.await.context(|| "cannot use the base".into())?;
                Ok(Found::Local { payload: Box::new(payload), name: name_beside(path, within) })
            }
            Self::Registry { client, reference } => {
                let name = client.repository().name_of(reference);
                let problem = || format!("cannot use the base `{name}`");
                let top = client.manifest(reference).await.context(problem)?;
                let top = top.ok_or_else(|| {
                    Error::new(format!("the base `{name}` is not there"))
                        .hint("is its name right, and may this user read it?")
                })?;
                let platform = match &top.content {
                    Said::Image(_) => archive::platform_of(&client.config(&top).await.context(problem)?.raw),
                    Said::Index(_) | Said::Artifact(_) => None,
                };
                let (client, reference) = (client.clone(), reference.clone());
                Ok(Found::Remote(Box::new(RemoteBase { client, reference, top, platform })))
            }
        }
    }
}

impl Found {
    /// Returns the base's platform, or `default` where it is for none or for several.
    pub(super) fn platform(&self, default: &Platform) -> Platform {
        let own = match self {
            Self::Scratch => None,
            Self::Local { payload, .. } => payload.platform.clone(),
            Self::Remote(remote) => remote.platform.clone(),
        };
        own.unwrap_or_else(|| default.clone())
    }

    /// Returns the base for a platform.
    pub(super) async fn find(&self, platform: &Platform) -> Result<FoundBase> {
        match self {
            Self::Scratch => Ok(FoundBase { base: Base::scratch(platform), blobs: Vec::new() }),
            Self::Local { payload, name } => {
                check_platform(payload.platform.as_ref(), platform)?;
                let manifest = select(payload, platform)?;
                let image = runnable(manifest)?;
                let config = payload.blob(&image.config.digest);
                let config = config.ok_or_else(|| Error::new("the base has no configuration"))?;
                let base =
                    Base::of(manifest, &config.read(LARGEST_CONFIG)?, name.clone()).map_err(advised)?;
                let blobs = image.layers.iter().filter_map(|layer| payload.blob(&layer.digest).cloned());
                Ok(FoundBase { base, blobs: blobs.collect() })
            }
            Self::Remote(remote) => {
                let RemoteBase { client, reference, top, platform: own } = remote.as_ref();
                check_platform(own.as_ref(), platform)?;
                let name = client.repository().name_of(reference);
                let problem = || format!("cannot use the base `{name}`");
                let exact = Reference::Digest(top.digest.clone());
                let manifest =
                    client.image(&exact, platform).await.context(problem).hint(|| remedy().into())?;
                let manifest = manifest.ok_or_else(|| Error::new(format!("the base `{name}` is gone")))?;
                let image = runnable(&manifest)?;
                let config = client.config(&manifest).await.context(problem)?;
                let base = Base::of(&manifest, &config.raw, Some(name.clone())).map_err(advised)?;
                let kept = image.layers.iter().filter(|layer| !is_foreign(&layer.media_type));
                let blob = |layer: &oci_registry::Descriptor| Blob {
                    descriptor: layer.clone(),
                    content: Content::Remote(Box::new(Remote::new(client.clone(), layer.clone()))),
                };
                Ok(FoundBase { base, blobs: kept.map(blob).collect() })
            }
        }
    }
}

fn remedy() -> &'static str {
    "leave the platform out of `platforms`, or take a base that has it"
}

fn check_platform(own: Option<&Platform>, wanted: &Platform) -> Result<()> {
    match own {
        Some(own) if !wanted.accepts(own) => {
            Err(Error::new(format!("the base has no image for {wanted}; it is for {own}")).hint(remedy()))
        }
        _ => Ok(()),
    }
}

fn select<'a>(payload: &'a Payload, platform: &Platform) -> Result<&'a Manifest> {
    let mut manifest = &payload.top;
    for _ in 0..DEEPEST {
        let Said::Index(index) = &manifest.content else { break };
        let found = index.select(platform).ok_or_else(|| {
            Error::new(format!("the base has no image for {platform}; it has {}", index.platforms()))
                .hint(remedy())
        })?;
        let child = payload.child(&found.digest);
        manifest =
            child.ok_or_else(|| Error::new(format!("the base names {}, which isn't in it", found.digest)))?;
    }
    Ok(manifest)
}

fn runnable(manifest: &Manifest) -> Result<&Image> {
    match &manifest.content {
        Said::Image(image) => Ok(image),
        Said::Index(_) | Said::Artifact(_) => Err(Error::new(format!(
            "the base {} is no image but a `{}`",
            manifest.digest, manifest.media_type
        ))
        .hint("name an image that a container can run")),
    }
}

/// Reads the base's name from the files that a get writes beside the image.
fn name_beside(path: &Path, within: &Path) -> Option<String> {
    let inputs = Inputs::open(within).ok()?;
    let read = |file: &str| {
        let file = path.with_file_name(file);
        let name = file.strip_prefix(inputs.root()).ok()?.to_str()?.to_owned();
        let text = inputs.read_text(&name, LONGEST_NAME).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let repository = read(REPOSITORY_FILE)?;
    Some(match read(TAG_FILE) {
        Some(tag) => format!("{repository}:{tag}"),
        None => repository,
    })
}
