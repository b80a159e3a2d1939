//! What an abort in the middle of a change leaves must be something that the next put can change.

use kit::{Deferred, Result};

use super::work::Work;
use crate::release::Storage;

/// Sees to it that a revision after `before` does not stay pending when this step is aborted or fails. Helm does the
/// same when it is asked to stop; this is for when it is not given the time.
pub(super) fn guard(work: &Work<'_>, before: u64) -> Deferred {
    let storage = work.connection.storage.clone();
    let (namespace, release) = (work.namespace.clone(), work.release.clone());
    let label = format!("mark the interrupted change of `{release}` as failed");
    work.step
        .unless_successful(label, async move { release_lock(&storage, &namespace, &release, before).await })
}

async fn release_lock(storage: &Storage, namespace: &str, release: &str, before: u64) -> Result<()> {
    let history = storage.history(namespace, release).await?;
    let newest = history.last().filter(|entry| entry.revision > before && entry.status.is_pending());
    match newest {
        Some(entry) => storage.fail(entry, "Interrupted: the build was aborted").await,
        None => Ok(()),
    }
}
