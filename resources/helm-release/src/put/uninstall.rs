//! Takes a release away.

use kit::{Metadata, Pushed, Result, report};

use super::work::Work;
use super::{lock, namespace};
use crate::source::HelmVersion;
use crate::version::Version;

/// Uninstalls the release, and its namespace where that is asked.
pub(super) async fn run(work: &Work<'_>) -> Result<Pushed<Version>> {
    let release = work.named_release()?;
    lock::acquire(work).await?;
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
    let doing = format!("uninstall release `{}` from namespace `{}`", work.release, work.namespace);
    let uninstalled = work.helm.must(&doing, &arguments).await;
    uninstalled.map(drop).map_err(|error| match error.to_string().contains("not found") {
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
