//! `jobs`.

use super::identifier::{self, Location, SeenNames};
use super::steps::StepValidator;
use super::{Finding, JobIndex, Report, Rule, Section};
use crate::model::{Job, Pipeline};

pub(super) fn check(pipeline: &Pipeline, index: &JobIndex<'_>, report: &mut Report) {
    if pipeline.jobs.is_empty() {
        let message = "jobs: pipeline must contain at least one job";
        report.error(Section::Jobs, Rule::NoJobs, message, pipeline.span);
        return;
    }
    let mut seen = SeenNames::default();
    for (position, job) in pipeline.jobs.iter().enumerate() {
        let location = Location::new("jobs", position, &job.name);
        identifier::check(Section::Jobs, &location, &job.name, report);
        seen.check(Section::Jobs, &location, &job.name, report);
        if job.name.is_empty() {
            let message = format!("{} has no name", location.by_name());
            report.error(Section::Jobs, Rule::EmptyIdentifier, message, job.span);
        }
        check_retention(job, &location.by_name(), report);
        StepValidator::new(pipeline, index, location.by_name(), report).check_job(job);
    }
}

fn check_retention(job: &Job, name: &str, report: &mut Report) {
    let error = |report: &mut Report, message: String, span| {
        report.error(Section::Jobs, Rule::BuildLogRetention, message, span);
    };
    let old = job.build_logs_to_retain.as_ref().filter(|logs| ***logs != 0);
    if let Some(logs) = old {
        let message = format!("{name}.build_logs_to_retain is deprecated. Use build_log_retention instead.");
        report.warnings.push(Finding::new(Section::Jobs, Rule::BuildLogRetention, message, logs.span));
    }
    match (&job.build_log_retention, old) {
        (Some(_), Some(logs)) => {
            error(
                report,
                format!("{name} can't use both build_log_retention and build_logs_to_retain"),
                logs.span,
            );
        }
        (_, Some(logs)) if **logs < 0 => {
            error(report, format!("{name} has negative build_logs_to_retain: {}", logs.value), logs.span);
        }
        _ => {}
    }
    let Some(retention) = &job.build_log_retention else { return };
    let settings = [
        ("builds", &retention.builds),
        ("days", &retention.days),
        ("min_success_builds", &retention.minimum_succeeded_builds),
    ];
    for (setting, value) in settings {
        if let Some(value) = value.as_ref().filter(|value| ***value < 0) {
            let message = format!("{name} has negative build_log_retention.{setting}: {}", value.value);
            error(report, message, value.span);
        }
    }
    let builds = retention.builds.as_deref().copied().unwrap_or(0);
    if let Some(minimum) =
        retention.minimum_succeeded_builds.as_ref().filter(|least| builds > 0 && ***least > builds)
    {
        let message = format!(
            "{name} has build_log_retention.min_success_builds: {} greater than build_log_retention.min_success_builds: {builds}",
            minimum.value
        );
        error(report, message, minimum.span);
    }
}
