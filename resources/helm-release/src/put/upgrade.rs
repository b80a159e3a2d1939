//! The command line of `helm upgrade --install`, for the change itself and for its rendering.

use kit::{Error, Result};
use serde_json::Value;

use super::chart::Chart;
use super::uninstall::wait_flag;
use super::work::Work;
use crate::helm::{Failure, Outcome};
use crate::params::Crds;
use crate::release::{Entry, Record, record_from_json};
use crate::source::HelmVersion;
use crate::values::Gathered;
use crate::wait;

/// Everything of the command line that rendering and changing have in common.
pub(super) struct Upgrade {
    arguments: Vec<String>,
}

impl Upgrade {
    /// Puts the command line together; values go into files.
    pub(super) fn prepare(
        work: &Work<'_>,
        chart: &Chart,
        values: &Gathered,
        history: &[Entry],
        post_render: &[String],
    ) -> Result<Self> {
        let params = work.params;
        let mut arguments =
            vec!["upgrade".to_owned(), work.release.clone(), chart.reference.clone(), "--install".into()];
        arguments.extend(work.common_flags());
        arguments.extend(["--history-max".into(), work.step.source.helm_history_max.to_string()]);
        arguments.extend(["--output".into(), "json".into()]);
        arguments.extend(chart.flags.iter().cloned());
        arguments.extend(value_files(work, values)?);
        arguments.extend(post_render.iter().cloned());
        let flags = [
            (params.create_namespace.get() && params.namespace_labels.is_empty(), "--create-namespace"),
            // Helm refuses these on a first install.
            (params.reuse_values.get() && !history.is_empty(), "--reuse-values"),
            (params.reset_values.get(), "--reset-values"),
            (params.reset_then_reuse_values.get(), "--reset-then-reuse-values"),
            (params.skip_schema_validation.get(), "--skip-schema-validation"),
            (params.cleanup_on_fail.get(), "--cleanup-on-fail"),
            (params.take_ownership.get(), "--take-ownership"),
            (params.crds == Crds::Skip, "--skip-crds"),
        ];
        arguments.extend(flags.iter().filter(|(wanted, _)| *wanted).map(|(_, flag)| (*flag).to_owned()));
        if !params.labels.is_empty() {
            let pairs: Vec<String> =
                params.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            arguments.extend(["--labels".into(), pairs.join(",")]);
        }
        Ok(Self { arguments })
    }

    /// Renders without changing anything, and returns the record that the change would make.
    pub(super) async fn render(&self, work: &Work<'_>) -> Result<Record> {
        let mut arguments = self.arguments.clone();
        arguments.push("--dry-run=server".into());
        let outcome = work.helm.must(&format!("render release `{}`", work.release), &arguments).await?;
        record(&outcome)
    }

    /// Makes the change, and says meanwhile what it waits for.
    pub(super) async fn run(
        &self,
        work: &Work<'_>,
        before: u64,
        force_conflicts: bool,
    ) -> Result<Result<(Record, Outcome), Failure>> {
        let mut arguments = self.arguments.clone();
        arguments.extend(change_flags(work, force_conflicts));
        let outcome = tokio::select! {
            outcome = work.helm.run(&arguments) => outcome?,
            () = wait::watch(&work.connection, &work.namespace, &work.release, before) => {
                return Err(Error::new("the watch over the change ended; this is a bug"));
            }
        };
        match outcome {
            Ok(outcome) => Ok(Ok((record(&outcome)?, outcome))),
            Err(failure) => Ok(Err(failure)),
        }
    }
}

fn change_flags(work: &Work<'_>, force_conflicts: bool) -> Vec<String> {
    let params = work.params;
    let version = work.helm.version();
    let mut flags: Vec<String> = Vec::new();
    if params.check_is_ready.wanted || params.atomic.get() || params.wait_for_jobs.get() {
        flags.push(wait_flag(version).into());
    }
    if params.wait_for_jobs.get() {
        flags.push("--wait-for-jobs".into());
    }
    match (version, params.force.get()) {
        (HelmVersion::Three, true) => flags.push("--force".into()),
        (HelmVersion::Four, true) => flags.push("--force-replace".into()),
        (HelmVersion::Four, false) if force_conflicts => flags.push("--force-conflicts".into()),
        _ => {}
    }
    let build = work.step.build.url.as_ref().map(|url| format!("Deployed by {url}"));
    if let Some(description) = params.description.clone().or(build) {
        flags.extend(["--description".into(), description]);
    }
    flags
}

/// Values never stand on the command line: Helm reads the inputs' files under names that its flags can't misread, and
/// one file with everything else.
fn value_files(work: &Work<'_>, values: &Gathered) -> Result<Vec<String>> {
    let home = work.helm.home();
    let mut files = Vec::new();
    for (position, file) in values.files.iter().enumerate() {
        files.push(home.link(&format!("values-{position}.yaml"), file)?);
    }
    if !values.over.is_empty() {
        files.push(home.write("values-over.json", Value::Object(values.over.clone()).to_string())?);
    }
    Ok(files.into_iter().flat_map(|file| ["--values".to_owned(), file.display().to_string()]).collect())
}

fn record(outcome: &Outcome) -> Result<Record> {
    record_from_json(outcome.json()).map_err(|problem| {
        Error::from(problem).context("what Helm printed is not the release that was asked for")
    })
}
