//! Asks the mirror first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kit::report;

use super::{Client, Result};
use crate::Cause;
use crate::session::Session;

/// The mirror, and what is known of it by now.
#[derive(Clone, Debug)]
pub(super) struct MirrorState {
    session: Session,
    /// It has failed, and is not asked again.
    failed: Arc<AtomicBool>,
    /// It was already said that it lacks something.
    lacks: Arc<AtomicBool>,
}

impl MirrorState {
    pub(super) fn new(session: Session) -> Self {
        Self { session, failed: Arc::default(), lacks: Arc::default() }
    }

    /// Returns the mirror's session unless it has failed.
    pub(super) fn session(&self) -> Option<&Session> {
        (!self.failed.load(Ordering::Relaxed)).then_some(&self.session)
    }

    /// Remembers that the mirror failed, and says so once.
    pub(super) fn fail(&self, cause: &Cause, origin: &Session) {
        if !self.failed.swap(true, Ordering::Relaxed) {
            let (mirror, origin) = (self.session.repository(), origin.repository());
            report::warn(format_args!(
                "the mirror `{mirror}` failed, so `{origin}` is asked: {}",
                cause.in_full()
            ));
        }
    }

    /// Says, once, that the mirror lacks something.
    fn lack(&self, what: &str, origin: &Session) {
        if !self.lacks.swap(true, Ordering::Relaxed) {
            let (mirror, origin) = (self.session.repository(), origin.repository());
            report::warn(format_args!("the mirror `{mirror}` has no {what}, so `{origin}` is asked"));
        }
    }
}

impl Client {
    /// Asks the mirror, if there is one, and the registry itself if that fails or has not got it. `what` says what is
    /// read, as in "manifest of 1.2.3".
    pub(super) async fn read<T>(
        &self,
        what: &str,
        ask: impl AsyncFn(&Session) -> std::result::Result<Option<T>, Cause>,
    ) -> Result<Option<T>> {
        if let Some((mirror, session)) = self.mirror.as_ref().and_then(|m| Some((m, m.session()?))) {
            match ask(session).await {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => mirror.lack(what, &self.origin),
                Err(cause) => mirror.fail(&cause, &self.origin),
            }
        }
        let action = || format!("read the {what} of `{}`", self.repository());
        ask(&self.origin).await.map_err(|cause| self.failed(action(), cause))
    }
}
