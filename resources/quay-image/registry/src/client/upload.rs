//! Writing blobs.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use kit::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE};
use kit::http::{Body, HttpError, Method, Request, Response, StatusCode, Url};
use kit::report;

use super::{Client, Result};
use crate::auth::Access;
use crate::session::Session;
use crate::{Cause, Descriptor};

/// How a blob came into the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uploaded {
    /// It was taken over from another repository of the registry.
    Mounted,
    /// Its bytes were sent.
    Sent,
}

/// How often an upload that breaks off is taken up again without having come any further.
const MOST_FAILURES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The size of the pieces where a registry, or a proxy before it, refuses a blob for its size.
const PIECE: u64 = 16 * 1024 * 1024;
const BYTES: &str = "application/octet-stream";

type MakeBody = Arc<dyn Fn(Range<u64>) -> Body + Send + Sync>;

impl Client {
    /// Brings a blob into the repository: mounted from another repository of the same registry (`from`, its path), if
    /// that has it and lets us, else sent.
    ///
    /// `body` returns the bytes of a range. It is called again when the upload breaks off, with what is missing, and
    /// for pieces of the blob where the registry refuses it in one.
    ///
    /// # Errors
    /// When the registry does not answer, refuses, or finds that the bytes have another digest.
    pub async fn upload(
        &self,
        descriptor: &Descriptor,
        from: Option<&str>,
        body: impl Fn(Range<u64>) -> Body + Send + Sync + 'static,
    ) -> Result<Uploaded> {
        let upload = Upload { session: &self.origin, descriptor, body: Arc::new(body) };
        let action = || format!("write the blob {} to `{}`", descriptor.digest, self.repository());
        upload.run(from).await.map_err(|cause| self.failed(action(), cause))
    }
}

struct Upload<'a> {
    session: &'a Session,
    descriptor: &'a Descriptor,
    body: MakeBody,
}

/// Where an upload goes on: the URL that the registry gave, and how much it has got.
struct Position {
    url: Url,
    offset: u64,
}

impl Upload<'_> {
    async fn run(&self, from: Option<&str>) -> std::result::Result<Uploaded, Cause> {
        let begun = match from {
            Some(from) => self.mount(from).await?,
            None => None,
        };
        let mut position = match begun {
            Some(None) => return Ok(Uploaded::Mounted),
            Some(Some(position)) => position,
            None => self.begin().await?,
        };
        let mut failures = 0;
        let mut pieces = false;
        loop {
            let before = position.offset;
            let Err(problem) = self.send(&mut position, pieces).await else { return Ok(Uploaded::Sent) };
            let too_large = problem.status() == Some(StatusCode::PAYLOAD_TOO_LARGE);
            if too_large && !pieces && self.descriptor.size > PIECE {
                report::debug("the registry takes the blob only in pieces");
                pieces = true;
                position = self.begin().await?;
                continue;
            }
            if !may_be_taken_up(&problem, before > 0 || failures > 0) {
                return Err(problem);
            }
            failures = if position.offset > before { 1 } else { failures + 1 };
            if failures > MOST_FAILURES {
                return Err(problem);
            }
            let pause = FIRST_PAUSE * 2_u32.pow(failures - 1);
            report::info(format_args!(
                "the upload broke off: {}; going on in {:.1} s",
                problem.in_full(),
                pause.as_secs_f64()
            ));
            tokio::time::sleep(pause).await;
            position = match self.ask_position(&position.url).await {
                Some(position) => position,
                None => self.begin().await?,
            };
        }
    }

    /// Tries to mount. `Some(None)` when that worked, `Some(position)` when the registry wants the bytes instead, and
    /// `None` when it did not even begin an upload.
    async fn mount(&self, from: &str) -> std::result::Result<Option<Option<Position>>, Cause> {
        let mut url = self.session.url("blobs/uploads/").await?;
        url.query_pairs_mut().append_pair("mount", self.descriptor.digest.as_str()).append_pair("from", from);
        // A user may be refused the other repository's token, or the mount itself; then the bytes are sent.
        let access = Access::Mount(from.to_owned());
        let Ok(response) = self.post(&access, &url).await else { return Ok(None) };
        match response.status() {
            StatusCode::CREATED => Ok(Some(None)),
            StatusCode::ACCEPTED => Ok(Some(Some(self.position(&response, 0).await?))),
            _ => Ok(None),
        }
    }

    async fn begin(&self) -> std::result::Result<Position, Cause> {
        let url = self.session.url("blobs/uploads/").await?;
        let response = self.post(&Access::Push, &url).await?.success().await?;
        self.position(&response, 0).await
    }

    /// An upload that is begun twice leaves one that the registry forgets.
    async fn post(&self, access: &Access, url: &Url) -> std::result::Result<Response, Cause> {
        let empty = |request: Request| request.header(CONTENT_LENGTH, "0").repeatable(true);
        self.session.send(access, &Method::POST, url, empty).await
    }

    /// Sends what is missing. `position` follows as far as the registry confirms.
    async fn send(&self, position: &mut Position, pieces: bool) -> std::result::Result<(), Cause> {
        let size = self.descriptor.size;
        if position.offset == 0 && !pieces {
            return self.complete(&position.url, 0..size).await;
        }
        let step = if pieces { PIECE } else { u64::MAX };
        while position.offset < size {
            let end = position.offset.saturating_add(step).min(size);
            let response = self.patch(position, end).await?;
            *position = self.position(&response, end).await?;
        }
        self.complete(&position.url, size..size).await
    }

    /// Sends the last range, and the digest of the whole.
    async fn complete(&self, url: &Url, range: Range<u64>) -> std::result::Result<(), Cause> {
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("digest", self.descriptor.digest.as_str());
        let with_body = |request| self.with_body(request, range.clone());
        self.session.send(&Access::Push, &Method::PUT, &url, with_body).await?.success().await?;
        Ok(())
    }

    async fn patch(&self, position: &Position, end: u64) -> std::result::Result<Response, Cause> {
        let range = position.offset..end;
        let with_body = |request: Request| {
            let inclusive = format!("{}-{}", range.start, range.end - 1);
            self.with_body(request.header(CONTENT_RANGE, inclusive), range.clone())
        };
        let response = self.session.send(&Access::Push, &Method::PATCH, &position.url, with_body).await?;
        Ok(response.success().await?)
    }

    /// Adds a range of the blob. Once part of it may have arrived, sending it again would add it twice, so the kit
    /// repeats only what certainly never arrived.
    fn with_body(&self, request: Request, range: Range<u64>) -> Request {
        let body = Arc::clone(&self.body);
        request
            .header(CONTENT_TYPE, BYTES)
            .header(CONTENT_LENGTH, (range.end - range.start).to_string())
            .body_from(move || body(range.clone()))
            .repeatable(false)
    }

    /// Asks how much the registry has got; `None` where it no longer knows the upload, or can't say.
    async fn ask_position(&self, url: &Url) -> Option<Position> {
        let response = self.session.send(&Access::Push, &Method::GET, url, |request| request).await.ok()?;
        let response = response.success().await.ok()?;
        let offset = received(response.header(RANGE)?)?;
        self.position(&response, offset).await.ok()
    }

    async fn position(&self, response: &Response, offset: u64) -> std::result::Result<Position, Cause> {
        let location = response.header(LOCATION).ok_or_else(|| {
            Cause::Protocol("the registry began an upload without saying where it goes".into())
        })?;
        Ok(Position { url: self.session.named_url(location, response.url()).await?, offset })
    }
}

/// Reads how much has arrived: `0-99` is 100 bytes. Quay says `bytes=0--1` of none, and distribution `0-0` of none and
/// of one byte alike, so that these begin anew.
fn received(range: &str) -> Option<u64> {
    let (first, last) = range.trim_start_matches("bytes=").split_once('-')?;
    let last: u64 = last.parse().ok()?;
    (first == "0" && last > 0).then_some(last + 1)
}

/// Tells whether going on, or beginning anew, may help: after broken connections and passing faults; and, where part
/// of the blob came by an earlier try, after answers that say that the parts don't fit.
fn may_be_taken_up(problem: &Cause, was_taken_up: bool) -> bool {
    match (problem, problem.status().map(|status| status.as_u16())) {
        (_, Some(408 | 429 | 500 | 502 | 503 | 504)) => true,
        (_, Some(400 | 404 | 416)) => was_taken_up,
        (_, Some(_)) => false,
        (Cause::Http(HttpError::Connection { cause, .. }), None) => !cause.is_certificate(),
        (Cause::Http(HttpError::BrokenOff { .. }), None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_arrived_is_read_off_the_range() {
        let cases = [
            ("0-99", Some(100)),
            ("bytes=0-99", Some(100)),
            ("0-0", None),
            ("bytes=0--1", None),
            ("5-99", None),
            ("", None),
        ];
        for (range, expected) in cases {
            assert_eq!(received(range), expected, "{range}");
        }
    }
}
