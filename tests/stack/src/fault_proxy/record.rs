//! What the proxy was asked, and how much at once.

use std::pin::Pin;
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Method};
use hyper::body::{Body, Frame, SizeHint};

/// One request that the proxy received.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The request's method.
    pub method: Method,
    /// The request's path and query.
    pub path: String,
    /// The request's headers, as the client sent them.
    pub headers: HeaderMap,
    /// Whether it came to the other host of a redirect.
    pub elsewhere: bool,
    /// The answer's status, if there is one yet.
    pub status: Option<u16>,
    /// Bytes of the request's body that were passed on so far.
    pub received: u64,
    /// Bytes of the answer's body that were passed on so far.
    pub sent: u64,
}

impl Recorded {
    /// Tells whether the request carried credentials.
    pub fn is_authorized(&self) -> bool {
        self.headers.contains_key(http::header::AUTHORIZATION)
    }

    /// Returns a header's value as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// All requests of a proxy.
#[derive(Debug, Default)]
pub(super) struct Records {
    entries: Mutex<Vec<Arc<Entry>>>,
    in_flight: Arc<AtomicUsize>,
    max_in_flight: AtomicUsize,
}

#[derive(Debug)]
struct Entry {
    method: Method,
    path: String,
    headers: HeaderMap,
    elsewhere: bool,
    status: AtomicU16,
    received: AtomicU64,
    sent: AtomicU64,
}

/// A request that is under way until this is dropped.
#[derive(Debug)]
pub(super) struct Exchange {
    entry: Arc<Entry>,
    in_flight: Arc<AtomicUsize>,
}

impl Records {
    pub(super) fn begin(&self, head: &http::request::Parts, elsewhere: bool) -> Arc<Exchange> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let entry = Arc::new(Entry {
            method: head.method.clone(),
            path: path.to_owned(),
            headers: head.headers.clone(),
            elsewhere,
            status: AtomicU16::new(0),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        });
        self.entries().push(entry.clone());
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.max_in_flight.fetch_max(now, Ordering::SeqCst);
        Arc::new(Exchange { entry, in_flight: self.in_flight.clone() })
    }

    pub(super) fn all(&self) -> Vec<Recorded> {
        self.entries().iter().map(|entry| entry.snapshot()).collect()
    }

    pub(super) fn clear(&self) {
        self.entries().clear();
        self.max_in_flight.store(self.in_flight.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    pub(super) fn max_in_flight(&self) -> usize {
        self.max_in_flight.load(Ordering::SeqCst)
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn snapshot(&self) -> Recorded {
        let status = self.status.load(Ordering::Relaxed);
        Recorded {
            method: self.method.clone(),
            path: self.path.clone(),
            headers: self.headers.clone(),
            elsewhere: self.elsewhere,
            status: (status != 0).then_some(status),
            received: self.received.load(Ordering::Relaxed),
            sent: self.sent.load(Ordering::Relaxed),
        }
    }
}

impl Exchange {
    pub(super) fn answered(&self, status: http::StatusCode) {
        self.entry.status.store(status.as_u16(), Ordering::Relaxed);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Which way a body goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Received,
    Sent,
}

/// A body that is counted as it passes. An answer's body keeps its exchange under way.
pub(super) struct Counted<B> {
    body: B,
    exchange: Arc<Exchange>,
    direction: Direction,
}

impl<B> Counted<B> {
    pub(super) fn new(body: B, exchange: Arc<Exchange>, direction: Direction) -> Self {
        Self { body, exchange, direction }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref) {
            let counter = match self.direction {
                Direction::Received => &self.exchange.entry.received,
                Direction::Sent => &self.exchange.entry.sent,
            };
            counter.fetch_add(data.len() as u64, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
