//! Goes back to a revision.

use kit::{Error, Pushed, Result, report};

use super::uninstall::wait_flag;
use super::work::Work;
use super::{abort, failure, lock, outcome, test_hooks};
use crate::helm::Failure;
use crate::release::Status;
use crate::source::HelmVersion;
use crate::version::Version;
use crate::wait;

/// Rolls the release back, as the params say.
pub(super) async fn run(work: &Work<'_>) -> Result<Pushed<Version>> {
    let release = work.named_release()?;
    let wanted = work.params.rollback.clone().unwrap_or_default();
    let to = match work.text(wanted.to.as_ref())? {
        Some(text) => text.trim().parse().map_err(|_| {
            Error::new(format!("`params.rollback.to` is `{text}`, which is no revision"))
                .hint("a revision is a number")
        })?,
        None => 0,
    };
    let history = lock::acquire(work, Status::is_busy).await?;
    let before = history.last().map_or(0, |entry| entry.revision);
    if to > 0 && !history.iter().any(|entry| entry.revision == to) {
        let known: Vec<String> = history.iter().map(|entry| entry.revision.to_string()).collect();
        return Err(Error::new(format!("release `{release}` has no revision {to}"))
            .hint(format!("its revisions are: {}", known.join(", "))));
    }
    let guard = abort::guard(work, before);
    let outcome = back_to(work, to, before, wanted.force.get()).await?;
    if let Err(failed) = outcome {
        abort::after_helm(work, before, &failed).await;
        guard.cancel();
        return Err(failure::explained(work, before, &failed, "roll back").await);
    }
    guard.cancel();
    test_hooks::run_after(work).await?;
    let (entry, record) = outcome::newest(work).await?;
    report::info(format!("release `{release}` is rolled back: revision {}", entry.revision));
    Ok(outcome::of(work, &record))
}

/// Runs `helm rollback`; revision 0 is the one before the last.
pub(super) async fn back_to(
    work: &Work<'_>,
    to: u64,
    before: u64,
    force: bool,
) -> Result<Result<(), Failure>> {
    let mut arguments = vec!["rollback".to_owned(), work.release.clone(), to.to_string()];
    arguments.extend(work.common_flags());
    arguments.extend(["--history-max".into(), work.step.source.helm_history_max.to_string()]);
    arguments.push(wait_flag(work.helm.version()).into());
    if work.params.wait_for_jobs.get() {
        arguments.push("--wait-for-jobs".into());
    }
    if work.params.cleanup_on_fail.get() {
        arguments.push("--cleanup-on-fail".into());
    }
    if force {
        arguments.push(match work.helm.version() {
            HelmVersion::Three => "--force".into(),
            HelmVersion::Four => "--force-replace".into(),
        });
    }
    tokio::select! {
        outcome = work.helm.run(&arguments) => Ok(outcome?.map(drop)),
        () = wait::watch(&work.connection, &work.namespace, &work.release, before) => {
            Err(Error::new("the watch over the rollback ended; this is a bug"))
        }
    }
}
