//! Layers on their way from the registry to the threads that unpack them.
//!
//! A layer is fetched by a task and handed over piece by piece. What was fetched and not yet taken is bounded: the task
//! then waits, and so does the registry. Each layer that is open comes over a connection of its own: in HTTP/2, streams
//! of a connection share its window, and one that waits may use it up, so that none could go on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use kit::report::Progress;
use kit::{Error, Result};
use oci_registry::{Blob, Client, Descriptor, Mismatch, RegistryError, Verifier};
use oci_unpack::StreamError;
use oci_unpack::tar::Source;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// Bytes of one layer that may wait to be taken.
const BYTES_AHEAD: usize = 4 * 1024 * 1024;

/// The downloads of an image's layers. Clones are the same downloads.
#[derive(Clone)]
pub(super) struct Downloads {
    /// Clients that share no connections.
    clients: Arc<[Client]>,
    runtime: Handle,
    progress: Arc<Progress>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    tasks: JoinSet<()>,
    /// The streams that were handed out, to be told when there is nothing more to wait for.
    streams: Vec<mpsc::UnboundedSender<Message>>,
    stopped: bool,
    failure: Option<Error>,
}

/// What a stream is told.
enum Message {
    Piece(Bytes),
    End,
    Failed(StreamError),
}

impl Downloads {
    /// Returns downloads by `clients`, which share no connections. The current runtime must go on to run while the
    /// streams are read elsewhere.
    pub(super) fn new(clients: Vec<Client>, progress: Arc<Progress>) -> Self {
        Self { clients: clients.into(), runtime: Handle::current(), progress, state: Arc::default() }
    }

    /// Begins to fetch a layer. As many layers that follow each other can be open as there are clients.
    pub(super) fn begin(&self, number: usize, layer: &Descriptor) -> Stream {
        let client = self.clients[number % self.clients.len()].clone();
        let (sender, messages) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(BYTES_AHEAD));
        let mut state = self.state();
        if state.stopped {
            let _ = sender.send(Message::given_up());
        } else {
            let fetch = fetch(self.clone(), client.blob(layer), sender.clone(), Arc::clone(&room));
            state.tasks.spawn_on(fetch, &self.runtime);
            state.streams.push(sender);
        }
        drop(state);
        let verifier = Some(layer.digest.verifier());
        let repository = client.repository().to_string();
        Stream { messages, room, verifier, layer: layer.clone(), repository, downloads: self.clone() }
    }

    /// Ends all downloads; whoever still waits for a piece is told.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        state.tasks.abort_all();
        for stream in state.streams.drain(..) {
            let _ = stream.send(Message::given_up());
        }
    }

    /// Returns the first failure, with the advice that an error loses on its way through the unpacking.
    pub(super) fn take_failure(&self) -> Option<Error> {
        self.state().failure.take()
    }

    /// Keeps the failure and returns it in short.
    fn failed(&self, error: Error) -> StreamError {
        let text = error.to_string();
        self.state().failure.get_or_insert(error);
        text.into()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Message {
    fn given_up() -> Self {
        Self::Failed("the download was given up".into())
    }
}

async fn fetch(
    downloads: Downloads,
    mut blob: Blob,
    stream: mpsc::UnboundedSender<Message>,
    room: Arc<Semaphore>,
) {
    let fetched = hand_over(&downloads, &mut blob, &stream, &room).await;
    let last = match fetched {
        Ok(()) => Message::End,
        Err(problem) => Message::Failed(downloads.failed(problem.into())),
    };
    // Who unpacks may have ended.
    let _ = stream.send(last);
}

async fn hand_over(
    downloads: &Downloads,
    blob: &mut Blob,
    stream: &mpsc::UnboundedSender<Message>,
    room: &Semaphore,
) -> Result<(), RegistryError> {
    while let Some(piece) = blob.chunk().await? {
        downloads.progress.add(piece.len() as u64);
        // Given back when the piece is taken. Nobody takes any more when the stream is gone.
        match room.acquire_many(permits(&piece)).await {
            Ok(permit) => permit.forget(),
            Err(_) => break,
        }
        if stream.send(Message::Piece(piece)).is_err() {
            break;
        }
    }
    Ok(())
}

/// A piece that is larger than all the room takes all of it.
fn permits(piece: &Bytes) -> u32 {
    piece.len().min(BYTES_AHEAD) as u32
}

/// A layer's bytes, an error instead of the end if they aren't what the layer's digest says. They are hashed where they
/// are taken.
pub(super) struct Stream {
    messages: mpsc::UnboundedReceiver<Message>,
    room: Arc<Semaphore>,
    /// Gone once the end has come.
    verifier: Option<Verifier>,
    layer: Descriptor,
    repository: String,
    downloads: Downloads,
}

impl Stream {
    fn end(&mut self) -> Result<(), StreamError> {
        let verified = self.verifier.take().map_or(Ok(()), Verifier::finish);
        verified.map_err(|mismatch| self.downloads.failed(self.refuse(mismatch)))
    }

    fn refuse(&self, mismatch: Mismatch) -> Error {
        Error::from(mismatch)
            .context(format!("cannot use the layer {} of `{}`", self.layer.digest, self.repository))
            .hint("the registry, or a proxy before it, keeps it damaged: push the image again, or ask its admin")
    }
}

/// Ends the download, so that the layer's connection is free for the next one.
impl Drop for Stream {
    fn drop(&mut self) {
        self.room.close();
    }
}

impl Source for Stream {
    type Error = StreamError;

    fn piece(&mut self) -> Result<Option<Bytes>, StreamError> {
        match self.messages.blocking_recv() {
            Some(Message::Piece(piece)) => {
                self.room.add_permits(permits(&piece) as usize);
                if let Some(verifier) = &mut self.verifier {
                    verifier.update(&piece);
                }
                Ok(Some(piece))
            }
            Some(Message::End) | None => self.end().map(|()| None),
            Some(Message::Failed(problem)) => Err(problem),
        }
    }
}
