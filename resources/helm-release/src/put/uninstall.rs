//! Takes a release away.

use kit::{Error, Metadata, Pushed, Result, report};

use super::work::Work;
use super::{abort, lock, namespace};
use crate::helm::show_warnings;
use crate::release::Status;
use crate::source::HelmVersion;
use crate::version::Version;

/// Uninstalls the release, and its namespace where that is asked.
pub(super) async fn run(work: &Work<'_>) -> Result<Pushed<Version>> {
    let release = work.named_release()?;
    lock::acquire(work, Status::is_pending).await?;
    uninstall(work, work.params.ignore_not_found.get()).await?;
    report::info(format!("release `{release}` is uninstalled"));
    if work.params.delete_namespace.get() {
        namespace::delete(work).await?;
    }
    Ok(Pushed { version: Version::uninstalled(release), metadata: Metadata::new().with("release", release) })
}

/// Runs `helm uninstall`.
pub(super) async fn uninstall(work: &Work<'_>, ignore_not_found: bool) -> Result<()> {
    let params = work.params;
    let mut arguments = vec!["uninstall".to_owned(), work.release.clone()];
    arguments.extend(work.common_flags());
    if ignore_not_found {
        arguments.push("--ignore-not-found".into());
    }
    if params.keep_history.get() {
        arguments.push("--keep-history".into());
    }
    if let Some(cascade) = params.cascade {
        arguments.extend(["--cascade".into(), cascade.as_str().into()]);
    }
    if params.check_is_ready.wanted {
        arguments.push("--wait".into());
    }
    if let Some(description) = &params.description {
        arguments.extend(["--description".into(), description.clone()]);
    }
    let before = work.history().await?.last().map_or(0, |entry| entry.revision - 1);
    let guard = abort::guard(work, before);
    let outcome = work.helm.run(&arguments).await?;
    guard.cancel();
    let failure = match outcome {
        Ok(outcome) => {
            show_warnings(&outcome.stderr);
            return Ok(());
        }
        Err(failure) => failure,
    };
    abort::after_helm(work, before, &failure).await;
    let error = Error::new(failure.scrubbed())
        .context(format!("cannot uninstall release `{}` from namespace `{}`", work.release, work.namespace));
    Err(match failure.message.contains("not found") {
        true => error.hint("`ignore_not_found: true` makes that no error"),
        false => error,
    })
}

/// The flag that makes Helm wait until everything is ready.
pub(super) fn wait_flag(version: HelmVersion) -> &'static str {
    match version {
        HelmVersion::Three => "--wait",
        HelmVersion::Four => "--wait=watcher",
    }
}
