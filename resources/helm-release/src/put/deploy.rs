//! Installs or upgrades a release.

use std::time::Duration;

use kit::{Metadata, Pushed, Result, report};
use time::OffsetDateTime;

use super::chart::Chart;
use super::plan::{self, Decision};
use super::upgrade::Upgrade;
use super::work::Work;
use super::{abort, crds, failure, lock, namespace, outcome, test_hooks, uninstall};
use crate::helm::show_warnings;
use crate::manifest::objects;
use crate::post_render;
use crate::release::{Entry, Record, Status};
use crate::values::{Sources, gather};
use crate::version::Version;
use crate::yaml;

/// Deploys the chart, or shows what that would do.
pub(super) async fn run(mut work: Work<'_>) -> Result<Pushed<Version>> {
    let chart = Chart::find(&work).await?;
    if work.release.is_empty() {
        // Helm's own way of naming a release that nobody named.
        work.release = format!("{}-{}", chart.base_name(), OffsetDateTime::now_utc().unix_timestamp());
        report::info(format!("no release is named: it is called `{}`", work.release));
    }
    run_named(&work, &chart).await
}

async fn run_named(work: &Work<'_>, chart: &Chart) -> Result<Pushed<Version>> {
    let history = lock::acquire(work, Status::is_busy).await?;
    let build = &work.step.build;
    let client = &work.connection.client;
    let sources = Sources { inputs: work.inputs, client, namespace: &work.namespace, build };
    let values = gather(work.params, &sources).await?;
    let post_render = post_render::flags(work.params, work.inputs, chart.folder.as_deref(), &work.helm)?;
    let upgrade = Upgrade::prepare(work, chart, &values, &history, &post_render)?;
    if work.params.debug.get() {
        return print_rendered(work, &upgrade).await;
    }
    match plan::decide(work, &upgrade, &history).await? {
        Decision::Shown => Ok(as_it_is(work, &history).await?),
        Decision::Unchanged => {
            report::info(format!("release `{}` is as it should be: nothing is changed", work.release));
            as_it_is(work, &history).await
        }
        Decision::Go { force_conflicts } => change(work, chart, &upgrade, history, force_conflicts).await,
    }
}

async fn change(
    work: &Work<'_>,
    chart: &Chart,
    upgrade: &Upgrade,
    mut history: Vec<Entry>,
    force_conflicts: bool,
) -> Result<Pushed<Version>> {
    namespace::label(work).await?;
    crds::apply(work, chart).await?;
    if work.params.replace.get() {
        uninstall::uninstall(work, true).await?;
        history.clear();
    }
    let before = history.last().map_or(0, |entry| entry.revision);
    let guard = abort::guard(work, before);
    let outcome = upgrade.run(work, before, force_conflicts).await?;
    let (record, chart_digest) = match outcome {
        Ok((record, outcome)) => {
            outcome::mask(work, &record);
            show_warnings(&outcome.stderr);
            (record, outcome.chart_digest())
        }
        Err(failed) => {
            let verb = if history.is_empty() { "install" } else { "upgrade" };
            abort::after_helm(work, before, &failed).await;
            guard.cancel();
            let error = failure::explained(work, before, &failed, verb).await;
            // Who lost a race has nothing to undo: the revision is the winner's.
            return Err(if failed.is_lock() { error } else { failure::settle(work, &history, error).await });
        }
    };
    guard.cancel();
    say(&record);
    tokio::time::sleep(Duration::from_secs(work.params.wait.0)).await;
    test_hooks::run_after(work).await?;
    let mut pushed = outcome::of(work, &record);
    if let Some(digest) = chart_digest {
        pushed.metadata.push("chart_digest", digest);
    }
    Ok(pushed)
}

fn say(record: &Record) {
    let chart = &record.chart.metadata;
    report::info(format!(
        "release `{}` in `{}`: revision {} of {}-{} is {}",
        record.name,
        record.namespace,
        record.revision,
        chart.name,
        chart.version,
        record.info.status()
    ));
    if !record.info.notes.trim().is_empty() {
        report::raw(&format!("{}\n", record.info.notes.trim_end()));
    }
}

/// Returns the newest revision, for a put that changed nothing.
async fn as_it_is(work: &Work<'_>, history: &[Entry]) -> Result<Pushed<Version>> {
    let Some(newest) = history.last() else {
        return Ok(Pushed { version: Version::nothing(), metadata: Metadata::new() });
    };
    match work.record(newest.revision).await? {
        Some(record) => Ok(outcome::of(work, &record)),
        None => Ok(Pushed { version: Version::nothing(), metadata: Metadata::new() }),
    }
}

/// `debug: true` prints the rendered objects and changes nothing.
async fn print_rendered(work: &Work<'_>, upgrade: &Upgrade) -> Result<Pushed<Version>> {
    let record = upgrade.render(work).await?;
    let mask = outcome::mask(work, &record);
    let objects = objects(&record.manifest)?;
    for object in &objects {
        report::raw(&format!("---\n{}", yaml::to_text(&mask.object(object).value)?));
    }
    report::info(format!("rendered only, nothing is changed: {} objects", objects.len()));
    Ok(Pushed { version: Version::nothing(), metadata: Metadata::new().with("release", &work.release) })
}
