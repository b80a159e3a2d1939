//! `format: rootfs`: the root filesystem.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use kit::report::{self, Progress, Unit};
use kit::{Context as _, Destination, Error, Result};
use oci_registry::{Client, Image};
use oci_unpack::{Cancel, Options, Summary, UnpackError};
use tokio::sync::oneshot;

use super::downloads::Downloads;
use super::layers::Remote;

/// Unpacks the image's layers into `rootfs/`, which appears when it is whole. The clients share no connections, and are as
/// many as layers are open at once.
pub(super) async fn write(
    clients: Vec<Client>,
    image: &Image,
    max_size: u64,
    into: &Destination,
) -> Result<()> {
    let staged = into.stage("rootfs")?;
    let root = staged.path().to_owned();
    let begun = fs::create_dir(&root);
    begun.map_err(|cause| explain(UnpackError::Root { path: into.root().to_owned(), cause }))?;
    let total = image.layers.iter().map(|layer| layer.size).sum();
    let progress = Arc::new(Progress::new("fetching layers", Unit::Bytes, total));
    let downloads = Downloads::new(clients, Arc::clone(&progress));
    let layers = Remote::new(image, &downloads);
    // Declared after `staged`, so that nothing is written any more when that is removed.
    let mut unpacking = Unpacking::start(root, layers, Options { max_size }, downloads.clone())?;
    let outcome = unpacking.outcome().await;
    let summary = outcome.map_err(|problem| downloads.take_failure().unwrap_or_else(|| explain(problem)))?;
    drop(unpacking);
    staged.commit()?;
    progress.finish();
    tell(&summary);
    Ok(())
}

type Outcome = Result<Summary, UnpackError>;

/// The thread that unpacks. Dropped, also when the step is given up, it ends at once and is waited for.
struct Unpacking {
    cancel: Cancel,
    downloads: Downloads,
    outcome: oneshot::Receiver<Outcome>,
    thread: Option<JoinHandle<()>>,
}

impl Unpacking {
    fn start(root: PathBuf, layers: Remote, options: Options, downloads: Downloads) -> Result<Self> {
        let cancel = Cancel::new();
        let (sender, outcome) = oneshot::channel();
        let switch = cancel.clone();
        let thread = std::thread::Builder::new().name("unpack".into()).spawn(move || {
            // Nobody waits for the outcome of a step that was given up.
            let _ = sender.send(oci_unpack::unpack(&root, &layers, &options, &switch));
        });
        let thread = Some(thread.context(|| "cannot start a thread".into())?);
        Ok(Self { cancel, downloads, outcome, thread })
    }

    async fn outcome(&mut self) -> Outcome {
        // Without an outcome, the thread has panicked, and has said so.
        (&mut self.outcome).await.unwrap_or(Err(UnpackError::Cancelled))
    }
}

impl Drop for Unpacking {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.downloads.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn explain(problem: UnpackError) -> Error {
    let hint = problem.hint();
    let error = Error::from(problem);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
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
        report::warn(format_args!(
            "{} extended attributes were skipped: they are not for this machine, or can't be set here",
            summary.skipped_xattrs
        ));
    }
}
