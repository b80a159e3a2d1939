//! Helm's tests.

use kit::{Metadata, Pushed, Result, report};

use super::work::Work;
use super::{failure, outcome};
use crate::version::Version;
use crate::wait;

/// Most of what tests print is wanted whole.
const LARGEST_SHOWN: usize = 256 * 1024;

/// Runs the tests of what is deployed, as the only thing that a put does.
pub(super) async fn run_alone(work: &Work<'_>) -> Result<Pushed<Version>> {
    let release = work.named_release()?;
    run(work).await?;
    let metadata = match outcome::newest(work).await {
        Ok((_, record)) => outcome::of(work, &record).metadata,
        Err(_) => Metadata::new(),
    };
    Ok(Pushed { version: Version::tested(release), metadata })
}

/// Runs the tests after a change, where that is asked.
pub(super) async fn run_after(work: &Work<'_>) -> Result<()> {
    if work.params.test_after.get() { run(work).await } else { Ok(()) }
}

async fn run(work: &Work<'_>) -> Result<()> {
    let params = work.params;
    // The secrets of the release, before anything of its tests is printed.
    if let Ok((_, record)) = outcome::newest(work).await {
        outcome::mask(work, &record);
    }
    let mut arguments = vec!["test".to_owned(), work.release.clone()];
    arguments.extend(work.common_flags().into_iter().filter(|flag| flag != "--no-hooks"));
    for filter in &params.test_filters {
        let filter = match filter.strip_prefix('!') {
            Some(name) => format!("!name={name}"),
            None => format!("name={filter}"),
        };
        arguments.extend(["--filter".into(), filter]);
    }
    report::info(format!("running the tests of release `{}`", work.release));
    let outcome = work.helm.run(&arguments).await?;
    show(
        outcome.as_ref().map_or_else(|failed| failed.stdout.as_slice(), |outcome| outcome.stdout.as_slice()),
    );
    // Helm's own `--logs` knows pods only, and fails for jobs.
    if params.test_logs.get()
        && let Ok((_, record)) = outcome::newest(work).await
    {
        wait::show_test_logs(&work.connection, &record).await;
    }
    let Err(failed) = outcome else { return Ok(()) };
    let error = failure::explained(work, 0, &failed, "test").await;
    if params.ignore_test_failures.get() {
        report::warn(format!("{error}; `ignore_test_failures` lets the put go on"));
        return Ok(());
    }
    Err(error.hint("the release stays as it is: tests undo nothing"))
}

fn show(stdout: &[u8]) {
    let text = String::from_utf8_lossy(&stdout[..stdout.len().min(LARGEST_SHOWN)]);
    if !text.trim().is_empty() {
        report::raw(&format!("{}\n", text.trim_end()));
    }
}
