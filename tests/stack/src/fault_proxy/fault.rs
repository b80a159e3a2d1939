//! What can go wrong.

use std::time::Duration;

use super::Answer;

/// What a request meets instead of a plain answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An answer of the proxy's own; the server is not asked.
    Answer(Answer),
    /// Nothing is sent for so long, then all goes well.
    Delay(Duration),
    /// The answer's first bytes arrive one by one, spread over so much time.
    SlowHeader(Duration),
    /// The connection is reset without an answer.
    HangUp,
    /// The connection is reset after so many bytes of the body.
    ResetAfter(u64),
    /// The connection is closed after so many bytes of the body, fewer than the header promised.
    TruncateAfter(u64),
    /// The lowest bit of the byte at this offset of the body is turned over; length and headers stay.
    AlterBody(u64),
    /// A 307 to a signed URL on another host, which has what was asked for and refuses credentials.
    RedirectElsewhere,
    /// A 307 to the same host, on and on.
    EndlessRedirect,
    /// A page of a hundred invented tags and a link to the next, on and on.
    EndlessTags,
    /// The request reaches the server without its credentials, so that the server asks for new ones.
    StaleToken,
    /// The request reaches the server without its range, so that the server sends everything.
    IgnoreRange,
}

impl Fault {
    /// An answer without a body that helps.
    pub fn status(code: u16) -> Self {
        Self::Answer(Answer::new(code))
    }

    /// A 429 as registries send it, with `Retry-After` in seconds or as a date, if any.
    pub fn too_many_requests(retry_after: Option<&str>) -> Self {
        let answer =
            Answer::new(429).json(r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}"#);
        Self::Answer(match retry_after {
            Some(value) => answer.header("retry-after", value),
            None => answer,
        })
    }

    /// A page of HTML as nginx makes it, whatever the status; with 429 this is how Quay throttles.
    pub fn nginx(code: u16) -> Self {
        Self::Answer(Answer::nginx(code))
    }
}
