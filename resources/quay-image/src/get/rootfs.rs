//! `format: rootfs`: the root filesystem.

use std::fs;
use std::sync::Arc;

use kit::report::{self, Progress, Unit};
use kit::{Context as _, Destination, Error, Result};
use oci_registry::{Client, Image};
use oci_unpack::{Cancel, Options, Summary};

use super::layers::Remote;

/// Unpacks the image's layers into `rootfs/`, which appears when it is whole.
pub(super) async fn write(client: &Client, image: &Image, max_size: u64, into: &Destination) -> Result<()> {
    let staged = into.stage("rootfs")?;
    let root = staged.path().to_owned();
    fs::create_dir(&root).context(|| format!("cannot write to `{}`", into.root().display()))?;
    let total = image.layers.iter().map(|layer| layer.size).sum();
    let progress = Arc::new(Progress::new("fetching layers", Unit::Bytes, total));
    let layers = Remote::new(client, image, Arc::clone(&progress));
    let failure = layers.failure();
    let cancel = Cancel::new();
    let stop = StopOnDrop(cancel.clone());
    let unpacking = tokio::task::spawn_blocking(move || {
        oci_unpack::unpack(&root, &layers, &Options { max_size }, &cancel)
    });
    let outcome = unpacking.await.map_err(|_| Error::new("unpacking broke off"))?;
    drop(stop);
    let summary = outcome.map_err(|problem| failure.take().unwrap_or_else(|| explain(problem)))?;
    staged.commit()?;
    progress.finish();
    tell(&summary);
    Ok(())
}

/// Stops the unpacking when the step is given up.
struct StopOnDrop(Cancel);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn explain(problem: oci_unpack::UnpackError) -> Error {
    let is_bomb = matches!(problem, oci_unpack::UnpackError::TooLarge { .. });
    let error = Error::from(problem).context("cannot unpack the image");
    if is_bomb {
        error.hint("if the image is meant to be that large, raise `params.max_size`")
    } else {
        error
    }
}

fn tell(summary: &Summary) {
    report::debug(format_args!(
        "{} entries, of which {} are hidden by higher layers; {} written",
        summary.entries,
        summary.hidden,
        report::bytes(summary.bytes)
    ));
    if summary.skipped_devices > 0 {
        report::info(format_args!(
            "{} devices were skipped: a container makes its own",
            summary.skipped_devices
        ));
    }
    if summary.skipped_xattrs > 0 {
        report::info(format_args!("{} extended attributes were skipped", summary.skipped_xattrs));
    }
}
