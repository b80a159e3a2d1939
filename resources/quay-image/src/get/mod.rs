//! Fetches an image.

mod archive;
mod config;
mod downloads;
mod layers;
mod layout;
mod rootfs;

use std::time::{Duration, Instant};

use kit::{Destination, Error, Fetched, Flag, Metadata, Result, Step, report};
use oci_registry::{Client, Content, Image, Manifest};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::quay::{Facts, ScanParams};
use crate::source::{Pattern, PlatformField, Source};
use crate::version::Version;

/// The `params:` of a get.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What is written: a root filesystem, a tarball for `docker load`, or an OCI layout with all platforms.
    #[serde(default)]
    pub format: Format,

    /// Which image to take out of an index, instead of `source.platform`.
    #[serde(default)]
    pub platform: Option<PlatformField>,

    /// Fetches nothing of the image: of it, only `repository`, `tag` and `digest` are written.
    #[serde(default)]
    pub skip_download: Flag,

    /// At Quay: which findings of its scanner the image may have, instead of `source.scan`. Writes
    /// `vulnerabilities.json`, `.sarif` and `.md`.
    #[serde(default)]
    #[schemars(with = "ScanParams")]
    pub scan: Option<ScanParams>,

    /// The most bytes that the layers of a `rootfs` may have, unpacked: an end to decompression bombs.
    #[serde(default = "default_max_size")]
    pub max_size: u64,
}

/// 64 GiB.
fn default_max_size() -> u64 {
    oci_unpack::Options::default().max_size
}

/// What a get writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `rootfs/`, `metadata.json` and `labels.json`: what Concourse runs.
    #[default]
    Rootfs,
    /// `image.tar` and `labels.json`.
    Oci,
    /// `oci/`.
    OciLayout,
}

/// How long a version that was put a moment ago is waited for: registries and their storage need not agree at once.
const FRESH: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Fetches `version`.
///
/// # Errors
/// When exactly this version can't be fetched, or isn't signed as `source.verify` asks.
pub async fn get(
    step: &Step<Source>,
    version: Version,
    params: Params,
    into: &Destination,
) -> Result<Fetched<Version>> {
    let source = &step.source;
    let policy = source.verify.as_ref().map(|verify| verify.policy()).transpose()?;
    let client = source.client().await?;
    let top = find(&client, &version).await?;
    if let Some(policy) = &policy {
        cosign::verify(&client, &version.digest, policy).await?;
    }
    let mut metadata = Metadata::new().with("repository", &source.repository).with("tag", version.tag_text());
    let platform = source.platform(params.platform.as_ref());
    let scan = params.scan.as_ref();
    let facts = Facts { source, registry: &client, version: &version, scan, platform: &platform };
    let labels = facts.write(&mut metadata, into).await?;
    let wants_metadata = source.label_regex.is_some() || source.annotation_regex.is_some();
    if !params.skip_download.get() {
        let name = version.tag.as_ref().map(|tag| format!("{}:{tag}", source.repository));
        let image = fetch(source, &client, &top, &params, name, labels, into).await?;
        add_metadata(&client, source, image.as_ref(), &mut metadata).await?;
    } else if wants_metadata {
        let image = client.image(&version.reference(), &platform).await?;
        add_metadata(&client, source, image.as_ref(), &mut metadata).await?;
    }
    into.write("repository", &source.repository)?;
    into.write("tag", version.tag_text())?;
    into.write("digest", version.digest.as_str())?;
    Ok(Fetched { version, metadata })
}

/// Reads the version's manifest, with some patience for one that is fresh.
async fn find(client: &Client, version: &Version) -> Result<Manifest> {
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(manifest) = client.manifest(&version.reference()).await? {
            return Ok(manifest);
        }
        if begun.elapsed() + pause > FRESH {
            let name = client.repository().name_of(&version.reference());
            return Err(Error::new(format!("`{name}` is not there")).hint(
                "was it deleted, or did it expire? Pin another version, or let check find a newer one",
            ));
        }
        report::debug(format_args!("{} is not there yet; again in {} ms", version.digest, pause.as_millis()));
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// Writes the files of the format; `kept` are labels that Quay has beside the image's. Returns the manifest of the one image that was meant, if it was one.
async fn fetch(
    source: &Source,
    client: &Client,
    top: &Manifest,
    params: &Params,
    name: Option<String>,
    kept: Option<config::Texts>,
    into: &Destination,
) -> Result<Option<Manifest>> {
    let platform = source.platform(params.platform.as_ref());
    if params.format == Format::OciLayout {
        layout::write(client, top, into).await?;
        if let Some(kept) = kept {
            into.write("labels.json", serde_json::to_vec(&kept)?)?;
        }
        // An index need not have the worker's platform; then there are no labels to show.
        return Ok(client.image(&reference(top), &platform).await.ok().flatten());
    }
    let manifest = client.image(&reference(top), &platform).await?;
    let manifest = manifest.ok_or_else(|| Error::new(format!("{} is gone", top.digest)))?;
    let image = runnable(client, &manifest)?;
    let config = client.config(&manifest).await?;
    match params.format {
        Format::Oci => {
            archive::write(client, image, &config, name, into).await?;
        }
        Format::Rootfs | Format::OciLayout => {
            rootfs::write(lanes(source, client, image).await?, image, params.max_size, into).await?;
            into.write("metadata.json", config::metadata(&config.raw)?)?;
        }
    }
    let mut labels = config::labels(&config.raw)?;
    labels.extend(kept.unwrap_or_default());
    into.write("labels.json", serde_json::to_vec(&labels)?)?;
    Ok(Some(manifest))
}

/// Returns as many clients, each with connections of its own, as layers of the image are open at once.
async fn lanes(source: &Source, client: &Client, image: &Image) -> Result<Vec<Client>> {
    let mut lanes = vec![client.clone()];
    while lanes.len() < oci_unpack::MOST_OPEN_LAYERS.min(image.layers.len()) {
        lanes.push(source.client().await?);
    }
    Ok(lanes)
}

fn reference(manifest: &Manifest) -> oci_registry::Reference {
    oci_registry::Reference::Digest(manifest.digest.clone())
}

fn runnable<'a>(client: &Client, manifest: &'a Manifest) -> Result<&'a Image> {
    let Content::Image(image) = &manifest.content else {
        let kind = match &manifest.content {
            Content::Artifact(artifact) => {
                artifact.artifact_type.as_deref().unwrap_or(&artifact.config.media_type)
            }
            _ => &manifest.media_type,
        };
        let name = client.repository().name_of(&reference(manifest));
        return Err(Error::new(format!("`{name}` is no image but a `{kind}`"))
            .hint("`params: {format: oci-layout}` fetches artifacts of every kind"));
    };
    layers::check_types(image)?;
    Ok(image)
}

async fn add_metadata(
    client: &Client,
    source: &Source,
    manifest: Option<&Manifest>,
    metadata: &mut Metadata,
) -> Result<()> {
    let Some(manifest) = manifest else { return Ok(()) };
    let mut add = |pattern: &Option<Pattern>, pairs: &config::Texts| {
        let Some(pattern) = pattern else { return };
        for (name, value) in pairs.iter().filter(|(name, _)| pattern.matches(name)) {
            metadata.push(name, value);
        }
    };
    if source.label_regex.is_some() && matches!(manifest.content, Content::Image(_)) {
        add(&source.label_regex, &config::labels(&client.config(manifest).await?.raw)?);
    }
    add(&source.annotation_regex, manifest.annotations());
    Ok(())
}
