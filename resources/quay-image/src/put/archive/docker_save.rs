//! What `docker save` writes, and kaniko, crane, podman and Bazel after it: `manifest.json`, a configuration, layers.
//!
//! It has no manifest for registries. The one made here is byte for byte what go-containerregistry makes, so that the
//! digest is the same as with registry-image, as long as the layers are compressed.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use flate2::read::GzEncoder;
use futures_util::{StreamExt, TryStreamExt, stream};
use kit::report::{Progress, Unit};
use kit::{Context, Error, Result};
use oci_registry::{Descriptor, Digest, media_type};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::files::{Files, ImageFile};
use super::tarball::Tarball;
use super::{LARGEST_LIST, blocking, layout};
use crate::put::content::{Compression, Content, GZIP_LEVEL, Section};
use crate::put::payload::{Blob, Payload, is_foreign, manifest};

/// The list of the images in the tarball.
pub(super) const LIST: &str = "manifest.json";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const OCI_GZIP_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const OCI_ZSTD_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
const LARGEST_CONFIG: u64 = 16 * 1024 * 1024;
const PIECE: usize = 128 * 1024;

/// An image of which the layers' digests are still to be computed.
pub(super) struct DockerSave {
    config: Bytes,
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
    /// The descriptors of layers that are not in the tarball, by diff id.
    #[serde(default)]
    layer_sources: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Option<Vec<Digest>>,
}

#[derive(Clone)]
enum Layer {
    /// Kept elsewhere: what names it.
    Foreign(Value),
    /// In the tarball, and what it must be once decompressed.
    Saved { file: ImageFile, diff_id: Digest, compression: Compression },
}

impl DockerSave {
    /// Looks up what the tarball's one image is made of.
    ///
    /// # Errors
    /// When there are several images, or something that one names is missing.
    pub(super) fn new(tarball: Tarball, list: Section) -> Result<Self> {
        let files = Files::Tarball(tarball);
        let list = ImageFile { name: LIST.into(), length: list.length, content: Content::Section(list) }
            .read(LARGEST_LIST)?;
        let saved = only_image(&list)?;
        let config = files.get(&saved.config)?.read(LARGEST_CONFIG)?;
        if let Some(digest) = digest_in_name(&saved.config) {
            digest.verify(&config).context(|| format!("`{}` is damaged", saved.config))?;
        }
        let layers = layers(&files, &saved, &config)?;
        Ok(Self { config, layers })
    }

    /// Computes the digests, several layers at once, and makes the manifest.
    ///
    /// # Errors
    /// When a layer is damaged or cut off.
    pub(super) async fn payload(self) -> Result<Payload> {
        let total = self.layers.iter().map(Layer::length).sum();
        let progress = Arc::new(Progress::new("reading the image's layers", Unit::Bytes, total));
        let zstd = self
            .layers
            .iter()
            .any(|layer| matches!(layer, Layer::Saved { compression: Compression::Zstd, .. }));
        let at_once = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let named: Vec<(Value, Option<Blob>)> = stream::iter(self.layers)
            .map(|layer| {
                let progress = Arc::clone(&progress);
                blocking(move || layer.named(zstd, &progress))
            })
            .buffered(at_once)
            .try_collect()
            .await?;
        progress.finish();

        let config_type = if zstd { media_type::OCI_CONFIG } else { media_type::DOCKER_CONFIG };
        let config = Blob::new(config_type, self.config.clone());
        let (descriptors, blobs): (Vec<Value>, Vec<Option<Blob>>) = named.into_iter().unzip();
        let top = manifest(&json!({
            "schemaVersion": 2,
            "mediaType": if zstd { media_type::OCI_IMAGE } else { media_type::DOCKER_IMAGE },
            "config": in_order(&config.descriptor),
            "layers": descriptors,
        }))?;
        let platform = layout::platform_of(&self.config);
        let (children, referrers) = (Vec::new(), Vec::new());
        let mut payload = Payload { top, children, blobs: vec![config], platform, referrers };
        blobs.into_iter().flatten().for_each(|blob| payload.add_blob(blob));
        Ok(payload)
    }
}

fn only_image(list: &[u8]) -> Result<Saved> {
    let mut images: Vec<Saved> =
        serde_json::from_slice(list).context(|| format!("`{LIST}` can't be read"))?;
    match (images.pop(), images.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Error::new(format!("`{LIST}` names no image"))),
        (Some(last), false) => {
            images.push(last);
            let name = |image: &Saved| match image.repo_tags.as_deref().unwrap_or_default() {
                [] => image.config.clone(),
                tags => tags.join(" "),
            };
            let names: Vec<_> = images.iter().map(name).collect();
            Err(Error::new(format!("it has {} images: {}", images.len(), names.join(", ")))
                .hint("save each of them into a tarball of its own"))
        }
    }
}

fn layers(files: &Files, saved: &Saved, config: &[u8]) -> Result<Vec<Layer>> {
    let config: Config =
        serde_json::from_slice(config).context(|| format!("`{}` is no configuration", saved.config))?;
    let diff_ids = config.rootfs.diff_ids.unwrap_or_default();
    let names = saved.layers.as_deref().unwrap_or_default();
    if names.len() != diff_ids.len() {
        return Err(Error::new(format!(
            "`{LIST}` names {} layers, and the configuration {}",
            names.len(),
            diff_ids.len()
        ))
        .hint("it may be a build's cache; name the image itself"));
    }
    let sources = saved.layer_sources.clone().unwrap_or_default();
    let layer = |(name, diff_id): (&String, Digest)| {
        let source = sources.get(diff_id.as_str());
        if let Some(source) =
            source.filter(|source| is_foreign(source["mediaType"].as_str().unwrap_or_default()))
        {
            return Ok(Layer::Foreign(source.clone()));
        }
        let file = files.get(name)?;
        let compression =
            Compression::of(&file.content.start(4).context(|| format!("cannot read `{name}`"))?);
        Ok(Layer::Saved { file, diff_id, compression })
    };
    names.iter().zip(diff_ids).map(layer).collect()
}

impl Layer {
    fn length(&self) -> u64 {
        match self {
            Self::Foreign(_) => 0,
            Self::Saved { file, .. } => file.length,
        }
    }

    /// Returns what names the layer in the manifest, and the blob to push.
    fn named(self, oci: bool, progress: &Progress) -> Result<(Value, Option<Blob>)> {
        let (file, diff_id, compression) = match self {
            Self::Foreign(descriptor) => return Ok((descriptor, None)),
            Self::Saved { file, diff_id, compression } => (file, diff_id, compression),
        };
        let name = file.name.clone();
        let damaged = || format!("the layer `{name}` is damaged or cut off");
        let (content, digest, size) = match compression {
            Compression::None => compressed(&file, &diff_id, progress).context(damaged)?,
            _ => proven(&file, &diff_id, compression, progress).context(damaged)?,
        };
        let media_type = match (oci, compression) {
            (false, _) => DOCKER_LAYER,
            (true, Compression::Zstd) => OCI_ZSTD_LAYER,
            (true, _) => OCI_GZIP_LAYER,
        };
        let descriptor = Descriptor::new(media_type, digest, size);
        Ok((in_order(&descriptor), Some(Blob { descriptor, content })))
    }
}

/// Compresses a layer to learn its digest, and checks what it holds on the way. The result isn't kept: it is made
/// again, a piece at a time, if the registry hasn't got it.
fn compressed(file: &ImageFile, diff_id: &Digest, progress: &Progress) -> Result<(Content, Digest, u64)> {
    let mut inner = Hashing::new(file.content.open(0)?, progress);
    let mut outer = Hashing::silent(GzEncoder::new(&mut inner, GZIP_LEVEL));
    io::copy(&mut outer, &mut io::sink())?;
    let (digest, size) = outer.finish()?;
    let (found, length) = inner.finish()?;
    check(diff_id, &found)?;
    check_length(file, length)?;
    Ok((file.content.clone().gzipped(), digest, size))
}

/// Computes the digest of a layer that is compressed. Its name proves it where that is the digest; else it is
/// decompressed and compared with the configuration.
fn proven(
    file: &ImageFile,
    diff_id: &Digest,
    compression: Compression,
    progress: &Progress,
) -> Result<(Content, Digest, u64)> {
    let mut outer = Hashing::new(file.content.open(0)?, progress);
    if let Some(named) = digest_in_name(&file.name) {
        io::copy(&mut outer, &mut io::sink())?;
        let (digest, size) = outer.finish()?;
        if named == digest {
            check_length(file, size)?;
            return Ok((file.content.clone(), digest, size));
        }
        outer = Hashing::silent(file.content.open(0)?);
    }
    let mut inner = Hashing::silent(compression.decompress(&mut outer)?);
    io::copy(&mut inner, &mut io::sink())?;
    let (found, _) = inner.finish()?;
    check(diff_id, &found)?;
    io::copy(&mut outer, &mut io::sink())?;
    let (digest, size) = outer.finish()?;
    check_length(file, size)?;
    Ok((file.content.clone(), digest, size))
}

fn check(diff_id: &Digest, found: &Digest) -> Result<()> {
    if diff_id == found {
        return Ok(());
    }
    Err(Error::new(format!("it holds {found}, and the configuration says {diff_id}"))
        .hint("build or save the image again"))
}

fn check_length(file: &ImageFile, length: u64) -> Result<()> {
    if file.length == length { Ok(()) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) }
}

/// Reads the digest that a name is made of: `sha256:…` as kaniko writes it, `….tar.gz`, `….json`, `blobs/sha256/…`.
fn digest_in_name(name: &str) -> Option<Digest> {
    let last = name.rsplit('/').next().unwrap_or_default();
    let word = last.split('.').next().unwrap_or_default();
    let hex = word.strip_prefix("sha256:").unwrap_or(word);
    format!("sha256:{hex}").parse().ok()
}

/// Writes a descriptor with its fields in go-containerregistry's order.
fn in_order(descriptor: &Descriptor) -> Value {
    json!({"mediaType": descriptor.media_type, "size": descriptor.size, "digest": descriptor.digest})
}

/// Hashes what is read through it.
struct Hashing<'a, R> {
    reader: R,
    hash: Sha256,
    length: u64,
    progress: Option<&'a Progress>,
}

impl<'a, R: Read> Hashing<'a, R> {
    fn new(reader: R, progress: &'a Progress) -> Self {
        Self { reader, hash: Sha256::new(), length: 0, progress: Some(progress) }
    }

    fn silent(reader: R) -> Self {
        Self { reader, hash: Sha256::new(), length: 0, progress: None }
    }

    fn finish(self) -> Result<(Digest, u64)> {
        let hex: String = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((format!("sha256:{hex}").parse()?, self.length))
    }
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(PIECE);
        let count = self.reader.read(&mut buffer[..most])?;
        self.hash.update(&buffer[..count]);
        self.length += count as u64;
        if let Some(progress) = self.progress {
            progress.add(count as u64);
        }
        Ok(count)
    }
}
