//! What an abort in the middle of a change leaves must be something that the next put can change.

use kit::{Deferred, Result, report};

use super::work::Work;
use crate::helm::Failure;
use crate::release::Storage;

/// Sees to it that a revision after `before` does not stay pending when this step is aborted or fails. Helm does the
/// same when it is asked to stop; this is for when it is not given the time.
pub(super) fn guard(work: &Work<'_>, before: u64) -> Deferred {
    let storage = work.connection.storage.clone();
    let (namespace, release) = (work.namespace.clone(), work.release.clone());
    let label = format!("mark the interrupted change of `{release}` as failed");
    work.step.unless_successful(label, async move {
        release_lock(&storage, &namespace, &release, before, "Interrupted: the build was aborted").await
    })
}

/// Marks as failed what a Helm left pending that could not write how it ended: it was killed, or the API server was
/// gone. Only the run that started this Helm knows that nobody is at work any more.
pub(super) async fn after_helm(work: &Work<'_>, before: u64, failure: &Failure) {
    if !failure.was_cut_off() {
        return;
    }
    let storage = &work.connection.storage;
    let reason = "Interrupted: Helm could not write how it ended";
    if let Err(problem) = release_lock(storage, &work.namespace, &work.release, before, reason).await {
        report::warn(format!(
            "`{}` may be left pending, `recover_after` helps then: {problem}",
            work.release
        ));
    }
}

async fn release_lock(
    storage: &Storage,
    namespace: &str,
    release: &str,
    before: u64,
    reason: &str,
) -> Result<()> {
    let history = storage.history(namespace, release).await?;
    let newest = history.last().filter(|entry| entry.revision > before && entry.status.is_busy());
    match newest {
        Some(entry) => storage.fail(entry, reason).await,
        None => Ok(()),
    }
}
