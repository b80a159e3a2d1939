//! What a failed change says, and what becomes of the release.

use kit::{Error, report};

use super::rollback::back_to;
use super::work::Work;
use super::{abort, outcome, uninstall};
use crate::helm::Failure;
use crate::params::OnFailure;
use crate::post_render;
use crate::release::{Entry, Record, Status};
use crate::wait;

/// Explains a failure from the live objects and returns the error that says it.
pub(super) async fn explained(work: &Work<'_>, before: u64, failure: &Failure, doing: &str) -> Error {
    let doing = format!("cannot {doing} release `{}` in namespace `{}`", work.release, work.namespace);
    if failure.is_lock() {
        return Error::new(failure.scrubbed()).context(doing).hint(
            "somebody else changed the release at the same time, and won: run this again when that is over",
        );
    }
    if let Some(problem) = post_render::what_went_wrong(&work.helm) {
        return Error::new(problem).context("the rendered objects can't be changed").context(doing);
    }
    let Some(record) = newest_after(work, before).await else {
        return failure.told_as(failure.scrubbed()).context(doing);
    };
    // First of all: what is secret in it must not stand in Helm's own words.
    let mask = outcome::mask(work, &record);
    let reason = wait::explain(&work.connection, &record).await;
    let said = mask.text(&failure.scrubbed());
    match reason {
        Some(reason) => Error::new(reason).context(said).context(doing),
        None => failure.told_as(said).context(doing),
    }
}

/// Reads the revision that the failed change left, if it came that far.
async fn newest_after(work: &Work<'_>, before: u64) -> Option<Record> {
    let history = work.history().await.ok()?;
    let newest = history.last().filter(|entry| entry.revision > before)?;
    work.record(newest.revision).await.ok()?
}

/// Does with the failed release what the params say, and returns the error with what came of it.
pub(super) async fn settle(work: &Work<'_>, history: &[Entry], error: Error) -> Error {
    let wanted = work.params.on_failure.unwrap_or(match work.params.atomic.get() {
        true => OnFailure::Rollback,
        false => OnFailure::Keep,
    });
    let before = history.last().map_or(0, |entry| entry.revision);
    let changed =
        work.history().await.is_ok_and(|now| now.last().is_some_and(|entry| entry.revision > before));
    if !changed {
        return error.further_hint("the release is as it was: nothing had been changed yet");
    }
    let deployed = history.iter().rev().find(|entry| entry.status == Status::Deployed);
    match (wanted, deployed) {
        (OnFailure::Keep, Some(entry)) => error.further_hint(format!(
            "the failed revision is kept; revision {} is the last that was deployed (`on_failure: rollback` goes back to it)",
            entry.revision
        )),
        (OnFailure::Keep, None) => {
            error.further_hint("the failed release is kept; the next put goes on from it (`on_failure: uninstall` takes it away)")
        }
        (OnFailure::Rollback, Some(entry)) => roll_back(work, entry.revision, error).await,
        (OnFailure::Rollback, None) | (OnFailure::Uninstall, _) => take_away(work, error).await,
    }
}

async fn roll_back(work: &Work<'_>, to: u64, error: Error) -> Error {
    report::info(format!("rolling back to revision {to}"));
    let before = work.history().await.ok().and_then(|history| history.last().map(|entry| entry.revision));
    let before = before.unwrap_or_default();
    match back_to(work, to, before, false).await {
        Ok(Ok(())) => error.further_hint(format!("the release was rolled back to revision {to}")),
        Ok(Err(failure)) => {
            abort::after_helm(work, before, &failure).await;
            let second = explained(work, before, &failure, "roll back").await;
            report::error(&second);
            error.further_hint(format!(
                "AND THE ROLLBACK to revision {to} FAILED: `{}` is in neither state and needs a person",
                work.release
            ))
        }
        Err(problem) => {
            error.further_hint(format!("AND THE ROLLBACK to revision {to} could not be run: {problem}"))
        }
    }
}

async fn take_away(work: &Work<'_>, error: Error) -> Error {
    report::info(format!("uninstalling `{}`", work.release));
    match uninstall::uninstall(work, true).await {
        Ok(()) => error.further_hint("the failed release was uninstalled"),
        Err(problem) => error.further_hint(format!("AND IT COULD NOT BE UNINSTALLED: {problem}")),
    }
}
