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
            Self::Alter { offset } => Altered { body, offset: Some(offset) }.boxed_unsync(),
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

struct Altered {
    body: Body,
    /// Bytes before the one to alter; `None` once that is done.
    offset: Option<u64>,
}

impl HttpBody for Altered {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
            return Poll::Ready(None);
        };
        let Ok(data) = frame?.into_data() else { return Poll::Ready(None) };
        let Some(offset) = self.offset else { return Poll::Ready(Some(Ok(Frame::data(data)))) };
        let length = data.len() as u64;
        if offset >= length {
            self.offset = Some(offset - length);
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        self.offset = None;
        let mut altered = BytesMut::from(data);
        altered[usize::try_from(offset).expect("less than a frame's length")] ^= 1;
        Poll::Ready(Some(Ok(Frame::data(altered.freeze()))))
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
