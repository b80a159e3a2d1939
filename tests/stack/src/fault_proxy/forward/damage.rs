//! Bodies that break off or are altered on their way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::super::{Body, BoxError, Fault};
use crate::serve::Controls;

/// Time for what was sent before a break to leave the process; a reset discards what has not.
const FLUSH_TIME: Duration = Duration::from_millis(20);

/// What happens to a body.
pub(super) enum Damage {
    BreakAfter { bytes: u64, reset: Option<Arc<Controls>> },
    Alter { offset: u64 },
}

impl Damage {
    /// Returns the damage that a fault does, if it is one to the body.
    pub(super) fn of(fault: &Fault, controls: &Arc<Controls>) -> Option<Self> {
        match *fault {
            Fault::ResetAfter(bytes) => Some(Self::BreakAfter { bytes, reset: Some(controls.clone()) }),
            Fault::TruncateAfter(bytes) => Some(Self::BreakAfter { bytes, reset: None }),
            Fault::AlterBody(offset) => Some(Self::Alter { offset }),
            _ => None,
        }
    }

    pub(super) fn apply(self, body: Body) -> Body {
        match self {
            Self::BreakAfter { bytes, reset } => {
                Broken { body, left: bytes, reset, flushing: None }.boxed_unsync()
            }
            Self::Alter { offset } => altered(body, offset),
        }
    }
}

struct Broken {
    body: Body,
    left: u64,
    reset: Option<Arc<Controls>>,
    flushing: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.left == 0 {
            ready!(self.flushing.get_or_insert_with(|| Box::pin(sleep(FLUSH_TIME))).as_mut().poll(context));
            if let Some(controls) = &self.reset {
                controls.reset_on_close();
            }
            return Poll::Ready(Some(Err("broken off on purpose".into())));
        }
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
            return Poll::Ready(None);
        };
        let Ok(mut data) = frame?.into_data() else { return Poll::Ready(None) };
        data.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= data.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Turns over the lowest bit of one byte.
fn altered(body: Body, offset: u64) -> Body {
    let mut left = Some(offset);
    body.map_frame(move |frame| frame.map_data(|data| flip(data, &mut left))).boxed_unsync()
}

/// Alters the byte so many bytes ahead if it is in this piece, and counts the piece if not.
fn flip(data: Bytes, left: &mut Option<u64>) -> Bytes {
    let Some(position) = left.and_then(|left| usize::try_from(left).ok()) else { return data };
    if position >= data.len() {
        *left = Some((position - data.len()) as u64);
        return data;
    }
    *left = None;
    let mut altered = BytesMut::from(data);
    altered[position] ^= 1;
    altered.freeze()
}
