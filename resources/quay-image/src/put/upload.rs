//! Brings the blobs of an image into the repository: those that aren't there, several at once.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::{TryStreamExt, stream};
use kit::http::Body;
use kit::report::{Progress, Unit, bytes};
use kit::{Error, Result, report};
use oci_registry::{Client, Descriptor, Mismatch, Uploaded, Verifier};
use tokio::sync::{mpsc, watch};

use super::mount::Origins;
use super::payload::Blob;

/// How many blobs are looked for and sent at once. More helps little, and registries limit how much they are asked.
const AT_ONCE: usize = 6;
/// How much is read at once, and how many such pieces wait for the network.
const PIECE: usize = 256 * 1024;
const PIECES_WAITING: usize = 2;

/// Sends those of the blobs that the repository hasn't got.
///
/// # Errors
/// When the registry refuses one, or one isn't what its digest says.
pub(super) async fn push(client: &Client, mut blobs: Vec<&Blob>, origins: &Origins) -> Result<()> {
    let counts = Counts::default();
    let progress = Arc::new(Progress::new("pushing", Unit::Bytes, 0));
    // The largest one first, else all wait for it at the end.
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.descriptor.size));
    stream::iter(blobs.into_iter().map(Ok))
        .try_for_each_concurrent(AT_ONCE, |blob| push_one(client, blob, origins, &progress, &counts))
        .await?;
    progress.finish();
    report::info(counts.line());
    Ok(())
}

async fn push_one(
    client: &Client,
    blob: &Blob,
    origins: &Origins,
    progress: &Arc<Progress>,
    counts: &Counts,
) -> Result<()> {
    let descriptor = &blob.descriptor;
    if client.blob_exists(&descriptor.digest).await? {
        counts.there.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    progress.expect(descriptor.size);
    let (damage, mut damaged) = watch::channel(None);
    let source = Source { blob: blob.clone(), progress: Arc::clone(progress), damage };
    let from = origins.of(descriptor);
    let upload = client.upload(descriptor, from.as_deref(), move |range| source.body(range));
    // A body that fails looks like a broken connection to the client, which would try again. What is wrong with
    // our own bytes is known here.
    let uploaded = tokio::select! {
        uploaded = upload => uploaded?,
        Ok(_) = damaged.changed() => {
            let problem = damaged.borrow().clone().unwrap_or_default();
            return Err(Error::new(problem).context(format!("cannot push the blob {}", descriptor.digest))
                .hint("the image is damaged or changed while it was read: build or fetch it again"));
        }
    };
    counts.count(uploaded, descriptor);
    Ok(())
}

/// What happened to the blobs, for one line of the log.
#[derive(Default)]
struct Counts {
    there: AtomicU64,
    mounted: AtomicU64,
    sent: AtomicU64,
    sent_bytes: AtomicU64,
}

impl Counts {
    fn count(&self, uploaded: Uploaded, descriptor: &Descriptor) {
        match uploaded {
            Uploaded::Mounted => self.mounted.fetch_add(1, Ordering::Relaxed),
            Uploaded::Sent => {
                self.sent_bytes.fetch_add(descriptor.size, Ordering::Relaxed);
                self.sent.fetch_add(1, Ordering::Relaxed)
            }
        };
    }

    fn line(&self) -> String {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (sent, size) = (get(&self.sent), bytes(get(&self.sent_bytes)));
        let (mounted, there) = (get(&self.mounted), get(&self.there));
        format!("blobs: {sent} sent ({size}), {mounted} taken from other repositories, {there} there already")
    }
}

/// The bytes of a blob on their way to the registry.
struct Source {
    blob: Blob,
    progress: Arc<Progress>,
    /// Says that the bytes are not what they should be.
    damage: watch::Sender<Option<String>>,
}

impl Source {
    /// Returns the bytes of a range. The last piece is held back until the whole is known to have its digest, so that
    /// the registry never gets a whole blob that is damaged.
    fn body(&self, range: Range<u64>) -> Body {
        let (pieces, waiting) = mpsc::channel(PIECES_WAITING);
        let (blob, progress, damage) = (self.blob.clone(), Arc::clone(&self.progress), self.damage.clone());
        tokio::task::spawn_blocking(move || {
            let sending = Sending { pieces, progress };
            if let Err(problem) = sending.send(&blob, &range) {
                // A registry that no longer listens has its own reason.
                damage.send_if_modified(|damage| {
                    *damage = Some(problem);
                    true
                });
            }
        });
        let stream = stream::unfold(waiting, async |mut waiting: mpsc::Receiver<io::Result<Bytes>>| {
            Some((waiting.recv().await?, waiting))
        });
        Body::wrap_stream(stream)
    }
}

struct Sending {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    progress: Arc<Progress>,
}

impl Sending {
    /// Reads and sends. An error is one of the bytes; when the other side hangs up, nothing more is to be done.
    fn send(&self, blob: &Blob, range: &Range<u64>) -> Result<(), String> {
        let digest = &blob.descriptor.digest;
        let whole = range.end == blob.descriptor.size && !range.is_empty();
        // What an upload that broke off has sent before is hashed again. Only the end of a blob can tell.
        let mut position = if whole { 0 } else { range.start };
        let mut verifier = whole.then(|| digest.verifier());
        let mut reader = blob.content.open(position).map_err(|problem| problem.to_string())?;
        while position < range.end {
            let piece =
                self.read(&mut reader, range.end - position).map_err(|problem| problem.to_string())?;
            if piece.is_empty() {
                return Err(format!("the content of {digest} ends after {position} of {} bytes", range.end));
            }
            if let Some(verifier) = &mut verifier {
                verifier.update(&piece);
            }
            let before = position;
            position += piece.len() as u64;
            if position == range.end {
                check_end(&mut reader, verifier.take(), blob)?;
            }
            let skip = range.start.saturating_sub(before).min(piece.len() as u64);
            let piece = piece.slice(usize::try_from(skip).unwrap_or(piece.len())..);
            if !piece.is_empty() && !self.pass_on(piece) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn read(&self, reader: &mut impl Read, left: u64) -> io::Result<Bytes> {
        let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let mut piece = BytesMut::zeroed(length);
        let mut filled = 0;
        while filled < length {
            match reader.read(&mut piece[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        piece.truncate(filled);
        Ok(piece.freeze())
    }

    fn pass_on(&self, piece: Bytes) -> bool {
        let length = piece.len() as u64;
        let passed = self.pieces.blocking_send(Ok(piece)).is_ok();
        if passed {
            self.progress.add(length);
        }
        passed
    }
}

/// Checks digest and size before the last piece goes out.
fn check_end(reader: &mut impl Read, verifier: Option<Verifier>, blob: &Blob) -> Result<(), String> {
    let Some(verifier) = verifier else { return Ok(()) };
    verifier.finish().map_err(|mismatch: Mismatch| mismatch.to_string())?;
    match reader.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(format!(
            "the content of {} is longer than {} bytes",
            blob.descriptor.digest, blob.descriptor.size
        )),
        Err(problem) => Err(problem.to_string()),
    }
}
