//! Reads an image from a `docker save` tarball, an OCI tarball or an OCI layout folder, without unpacking it.

mod docker_save;
mod files;
mod foreign;
mod layout;
mod referrers;
mod tarball;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use kit::{Context, Error, Result};

pub(super) use self::layout::platform_of;

use self::docker_save::DockerSave;
use self::files::Files;
use self::tarball::Tarball;
use super::content::Compression;
use super::payload::Payload;

/// Where a tarball has its mark.
const TAR_MAGIC_AT: usize = 257;
/// How much of a file is looked at to tell what it is.
const START: u64 = 512;
/// The lists of what an image is made of are kilobytes.
const LARGEST_LIST: u64 = 4 * 1024 * 1024;

/// Reads the image at `path`. `within` is the folder of all inputs, which no link may leave.
///
/// Small things are read and verified; layers are only looked up, except those of a `docker save` tarball, whose
/// digests nobody has written down.
///
/// # Errors
/// When it is missing, empty, cut off, damaged, or no image, saying what it is instead.
pub(super) async fn open(path: PathBuf, within: PathBuf) -> Result<Payload> {
    let name = path.strip_prefix(&within).unwrap_or(&path).display().to_string();
    let found = blocking(move || find(&path, &within)).await;
    let payload = match found {
        Ok(Found::Layout(payload)) => Ok(*payload),
        Ok(Found::DockerSave(save)) => save.payload().await,
        Err(problem) => Err(problem),
    };
    payload.context(|| format!("cannot push `{name}`"))
}

enum Found {
    Layout(Box<Payload>),
    DockerSave(DockerSave),
}

/// Does blocking work beside the step's own thread, so that an abort needs not wait for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context(|| "cannot read the image".into())?
}

fn find(path: &Path, within: &Path) -> Result<Found> {
    let path = path.canonicalize()?;
    if path.is_dir() {
        return folder(path, within);
    }
    let start = start_of(File::open(&path)?)?;
    if start.is_empty() {
        return Err(
            Error::new("the file is empty").hint("did the step that makes it fail, or is it cut off?")
        );
    }
    let compression = Compression::of(&start);
    let inner = match compression {
        Compression::None => start,
        _ => start_of(compression.decompress(File::open(&path)?)?)
            .map_err(|_| Error::new(format!("it begins as {} and is damaged", foreign::describe(&start))))?,
    };
    if !foreign::is_tarball(&inner) {
        let packed = if compression == Compression::None { "" } else { "compressed: " };
        return Err(no_image(&format!("{packed}{}", foreign::describe(&inner))));
    }
    tarball(Tarball::open(&path, compression)?)
}

fn folder(path: PathBuf, within: &Path) -> Result<Found> {
    if path.join(layout::INDEX).is_file() {
        return Ok(Found::Layout(Box::new(layout::payload(&Files::Folder {
            path,
            within: within.to_owned(),
        })?)));
    }
    let (what, hint) = foreign::describe_folder(&path);
    Err(Error::new(format!("it is no image but {what}")).hint(hint))
}

/// A tarball of Docker 25 or later is both: there `manifest.json` counts, as for registry-image, since its index has
/// layers that are not compressed.
fn tarball(tarball: Tarball) -> Result<Found> {
    if let Some(list) = tarball.find(docker_save::LIST)? {
        return Ok(Found::DockerSave(DockerSave::new(tarball, list)?));
    }
    if tarball.find(layout::INDEX)?.is_some() {
        return Ok(Found::Layout(Box::new(layout::payload(&Files::Tarball(tarball))?)));
    }
    Err(no_image(&tarball.describe()))
}

fn no_image(what: &str) -> Error {
    Error::new(format!("it is no image but {what}"))
        .hint("name what `docker save`, buildah, kaniko or a get with `format: oci` or `oci-layout` wrote")
}

fn start_of(reader: impl Read) -> Result<Vec<u8>> {
    let mut start = Vec::new();
    reader.take(START).read_to_end(&mut start)?;
    Ok(start)
}
