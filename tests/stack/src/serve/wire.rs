//! A TCP connection that can be made to misbehave while it is in use.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// How many bytes a slowed connection writes one by one before it is itself again.
const SLOWED_BYTES: u32 = 64;

/// A connection's misbehaviour, set while a request on it is served.
#[derive(Debug, Default)]
pub(crate) struct Controls {
    reset: AtomicBool,
    pace: Mutex<Option<Pace>>,
}

/// A pause before each of so many bytes.
#[derive(Clone, Copy, Debug)]
struct Pace {
    pause: Duration,
    bytes: u32,
}

impl Controls {
    /// Closes the connection with RST instead of FIN when it is closed.
    pub(crate) fn reset_on_close(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    /// Spreads the next bytes written over `time`, one at a time.
    pub(crate) fn slow_down(&self, time: Duration) {
        let pace = Pace { pause: time / SLOWED_BYTES, bytes: SLOWED_BYTES };
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner) = Some(pace);
    }

    /// Returns the pause before the next byte, if the connection is slowed, and counts that byte.
    fn next_pause(&self) -> Option<Duration> {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (*pace)?;
        *pace = (now.bytes > 1).then_some(Pace { bytes: now.bytes - 1, ..now });
        Some(now.pause)
    }
}

/// A TCP stream that obeys its [`Controls`].
pub(crate) struct Wire {
    stream: TcpStream,
    controls: Arc<Controls>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, controls: Arc::default(), pause: None }
    }

    pub(crate) fn controls(&self) -> Arc<Controls> {
        self.controls.clone()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        buffer: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context, data: &[u8]) -> Poll<io::Result<usize>> {
        let wire = &mut *self;
        if wire.pause.is_none() {
            match wire.controls.next_pause() {
                Some(pause) => wire.pause = Some(Box::pin(sleep_until(Instant::now() + pause))),
                None => return Pin::new(&mut wire.stream).poll_write(context, data),
            }
        }
        if let Some(pause) = &mut wire.pause {
            ready!(pause.as_mut().poll(context));
        }
        let written = ready!(Pin::new(&mut wire.stream).poll_write(context, &data[..data.len().min(1)]));
        wire.pause = None;
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        if self.controls.reset.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.controls.reset.load(Ordering::Relaxed) {
            // On close the kernel then drops what is unsent and sends RST.
            let _ = self.stream.set_zero_linger();
        }
    }
}
