//! `format: oci`: a tarball that `docker load` takes.
//!
//! Its members' sizes are known before anything is fetched, so that all layers are fetched at once, each to its place.

use std::fs::File;
use std::os::unix::fs::FileExt;

use futures_util::{TryStreamExt as _, stream};
use kit::report::{Progress, Unit};
use kit::{Context as _, Destination, Error, Result};
use oci_registry::{Client, Descriptor, Image, ImageConfig};
use serde_json::json;

const BLOCK: u64 = 512;
/// Layers that are fetched at once.
const AT_ONCE: usize = 4;

/// Writes `image.tar`, which appears when it is whole. `name`, as in `quay.io/acme/app:1.2`, is what `docker load` will
/// call the image; without one, it says the image's digest.
pub(super) async fn write(
    client: &Client,
    image: &Image,
    config: &ImageConfig,
    name: Option<String>,
    into: &Destination,
) -> Result<()> {
    let staged = into.stage("image.tar")?;
    let mut archive = Archive { file: staged.create_file(0o644)?, end: 0 };
    let config_name = image.config.digest.to_string();
    archive.add(&config_name, &config.raw)?;
    let places = layers(image).map(|layer| Ok((layer, archive.reserve(&layer_name(layer), layer.size)?)));
    let places = places.collect::<Result<Vec<_>>>()?;
    let names: Vec<String> = image.layers.iter().map(layer_name).collect();
    let tags = name.map(|name| [name]);
    let manifest = json!([{"Config": config_name, "RepoTags": tags, "Layers": names}]);
    archive.add("manifest.json", manifest.to_string().as_bytes())?;
    archive.close()?;
    let progress =
        Progress::new("fetching layers", Unit::Bytes, image.layers.iter().map(|layer| layer.size).sum());
    stream::iter(places.into_iter().map(Ok::<_, Error>))
        .try_for_each_concurrent(AT_ONCE, |(layer, place)| {
            fetch(client, layer, &archive.file, place, &progress)
        })
        .await?;
    progress.finish();
    staged.commit()
}

/// Each layer once: an image may have the same one twice.
fn layers(image: &Image) -> impl Iterator<Item = &Descriptor> {
    let mut known = std::collections::BTreeSet::new();
    image.layers.iter().filter(move |layer| known.insert(layer.digest.as_str()))
}

fn layer_name(layer: &Descriptor) -> String {
    format!("{}.tar.gz", layer.digest.hex())
}

async fn fetch(
    client: &Client,
    layer: &Descriptor,
    file: &File,
    place: u64,
    progress: &Progress,
) -> Result<()> {
    let mut blob = client.blob(layer).verified();
    let mut position = place;
    while let Some(piece) = blob.chunk().await? {
        file.write_all_at(&piece, position).context(|| "cannot write `image.tar`".into())?;
        position += piece.len() as u64;
        progress.add(piece.len() as u64);
    }
    Ok(())
}

/// A tar archive whose members are written in any order.
struct Archive {
    file: File,
    end: u64,
}

impl Archive {
    /// Adds a member with its content.
    fn add(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let place = self.reserve(name, content.len() as u64)?;
        self.file.write_all_at(content, place).context(|| "cannot write `image.tar`".into())
    }

    /// Adds a member and returns where its content goes.
    fn reserve(&mut self, name: &str, size: u64) -> Result<u64> {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).context(|| format!("`{name}` is no name for a member of `image.tar`"))?;
        header.set_size(size);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_cksum();
        self.file.write_all_at(header.as_bytes(), self.end).context(|| "cannot write `image.tar`".into())?;
        let place = self.end + BLOCK;
        self.end = place + size.next_multiple_of(BLOCK);
        Ok(place)
    }

    /// Gives the file its length: what was not written is zeros, as padding and the two last blocks must be.
    fn close(&self) -> Result<()> {
        self.file.set_len(self.end + 2 * BLOCK).context(|| "cannot write `image.tar`".into())
    }
}
