//! A download that goes on where it broke off.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};

use super::error::Cause;
use super::retry::{Retry, is_temporary};
use super::{HttpError, Request, Response, shown};
use crate::report;

/// A body of known size that is asked for again, from where it broke off, until it is whole.
///
/// Servers that ignore `Range` send everything again; what came before is then skipped.
pub struct Download<R> {
    retry: Retry,
    size: u64,
    received: u64,
    request: R,
    response: Option<Response>,
    failures: u32,
    failing_since: Option<Instant>,
}

impl<R, F> Download<R>
where
    R: FnMut() -> F,
    F: Future<Output = Result<Request, HttpError>>,
{
    /// Returns the next piece; `None` when `size` bytes have come.
    ///
    /// # Errors
    /// When the server refuses, or does not go on within the retry policy's time.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            if self.received == self.size && self.size > 0 {
                return Ok(None);
            }
            match self.next_piece().await {
                Ok(Some(piece)) if piece.is_empty() => {}
                Ok(Some(piece)) => {
                    self.received += piece.len() as u64;
                    self.failures = 0;
                    self.failing_since = None;
                    return Ok(Some(piece));
                }
                Ok(None) if self.size == 0 => return Ok(None),
                Ok(None) => self.pause_after(self.ended_early()).await?,
                Err(problem) => self.pause_after(problem).await?,
            }
        }
    }

    async fn next_piece(&mut self) -> Result<Option<Bytes>, HttpError> {
        if self.response.is_none() {
            self.response = Some(self.open().await?);
        }
        let Some(response) = &mut self.response else { return Ok(None) };
        response.chunk(self.received).await
    }

    /// Asks for what is missing.
    async fn open(&mut self) -> Result<Response, HttpError> {
        let mut request = (self.request)().await?;
        if self.received > 0 {
            request = request.header(RANGE, format!("bytes={}-", self.received));
        }
        let mut response = request.send().await?;
        if response.status() == StatusCode::PARTIAL_CONTENT && starts_at(&response, self.received) {
            return Ok(response);
        }
        if response.status() != StatusCode::OK {
            return Err(response.into_error().await);
        }
        if self.is_web_page(&response) {
            let detail = format!("text/html instead of {} bytes", self.size);
            return Err(HttpError::Malformed { url: shown(response.url()), detail });
        }
        let mut skip = self.received;
        while skip > 0 {
            let Some(piece) = response.chunk(self.received - skip).await? else {
                return Err(self.ended_early());
            };
            skip = match skip.checked_sub(piece.len() as u64) {
                Some(rest) => rest,
                // The pieces need not end where they did before.
                None => {
                    let rest = piece.slice(usize::try_from(skip).unwrap_or(piece.len())..);
                    return Ok(response.preceded_by(rest));
                }
            };
        }
        Ok(response)
    }

    async fn pause_after(&mut self, problem: HttpError) -> Result<(), HttpError> {
        self.response = None;
        let hopeless = match &problem {
            HttpError::Status { status, .. } => !is_temporary(*status),
            HttpError::Connection { cause, .. } => !cause.temporary,
            HttpError::BrokenOff { .. } => false,
            HttpError::Setup(_) | HttpError::TooLarge { .. } | HttpError::Malformed { .. } => true,
        };
        if hopeless {
            return Err(problem);
        }
        self.failures += 1;
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        let Some(pause) = self.retry.pause(self.failures, since.elapsed(), None) else { return Err(problem) };
        let text = format!("{}; going on in {:.1} s", crate::Error::from(problem), pause.as_secs_f64());
        if pause < Duration::from_secs(1) {
            report::debug(text)
        } else {
            report::info(text)
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Tells whether a page for people comes instead, as from a proxy that wants a login: asking again would not help.
    /// Content that is a page itself has the size that was asked for.
    fn is_web_page(&self, response: &Response) -> bool {
        let is_html = response.header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
        is_html && response.header(CONTENT_LENGTH) != Some(self.size.to_string().as_str())
    }

    fn ended_early(&self) -> HttpError {
        let url = self.response.as_ref().map(|response| shown(response.url())).unwrap_or_default();
        let cause = Cause::new(format!("{} bytes were announced", self.size), true);
        HttpError::BrokenOff { url, received: self.received, cause }
    }
}

impl<R> Download<R> {
    pub(super) fn new(retry: Retry, size: u64, request: R) -> Self {
        Self { retry, size, received: 0, request, response: None, failures: 0, failing_since: None }
    }
}

/// Tells whether a partial answer begins where we stopped: `Content-Range: bytes 100-199/200`.
fn starts_at(response: &Response, position: u64) -> bool {
    let range = response.header(CONTENT_RANGE).and_then(|value| value.strip_prefix("bytes "));
    range.and_then(|range| range.split('-').next()?.parse::<u64>().ok()) == Some(position)
}
