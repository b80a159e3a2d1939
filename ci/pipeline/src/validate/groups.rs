//! `groups`.

use std::collections::{HashMap, HashSet};

use super::identifier::{self, Location};
use super::{Finding, GroupGlob, Report, Rule, Section};
use crate::model::{Group, Pipeline};

pub(super) fn check(pipeline: &Pipeline, report: &mut Report) {
    let mut grouped: HashSet<usize> = HashSet::new();
    for (index, group) in pipeline.groups.iter().enumerate() {
        let location = Location::new("groups", index, &group.name);
        identifier::check(Section::Groups, &location, &group.name, report);
        check_jobs(pipeline, group, &mut grouped, report);
        check_resources(pipeline, group, report);
    }
    check_duplicates(&pipeline.groups, report);
    if !pipeline.groups.is_empty() {
        check_ungrouped(pipeline, &grouped, report);
    }
}

fn check_jobs(pipeline: &Pipeline, group: &Group, grouped: &mut HashSet<usize>, report: &mut Report) {
    for pattern in &group.jobs {
        let Some(glob) = GroupGlob::new(pattern) else {
            let message =
                format!("invalid glob expression '{}' for group '{}'", pattern.value, group.name.value);
            report.error(Section::Groups, Rule::GroupJobs, message, pattern.span);
            continue;
        };
        let jobs = pipeline.jobs.iter().enumerate();
        let matching: Vec<usize> =
            jobs.filter(|(_, job)| glob.matches(&job.name)).map(|(index, _)| index).collect();
        grouped.extend(&matching);
        if matching.is_empty() {
            let message = format!("no jobs match '{}' for group '{}'", pattern.value, group.name.value);
            report.error(Section::Groups, Rule::GroupJobs, message, pattern.span);
        }
    }
}

fn check_resources(pipeline: &Pipeline, group: &Group, report: &mut Report) {
    for resource in group.resources.iter().filter(|name| pipeline.resource(name).is_none()) {
        let message = format!("group '{}' has unknown resource '{}'", group.name.value, resource.value);
        report.error(Section::Groups, Rule::GroupResources, message, resource.span);
    }
}

fn check_duplicates(groups: &[Group], report: &mut Report) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for group in groups {
        *counts.entry(&group.name).or_default() += 1;
    }
    let mut reported = HashSet::new();
    for group in groups {
        let count = counts.get(group.name.as_str()).copied().unwrap_or_default();
        if count < 2 || !reported.insert(group.name.as_str()) {
            continue;
        }
        let message =
            format!("group '{}' appears {count} times. Duplicate names are not allowed.", group.name.value);
        let again = groups.iter().filter(|other| *other.name == *group.name).nth(1).unwrap_or(group);
        let finding = Finding::new(Section::Groups, Rule::DuplicateName, message, again.name.span);
        report.errors.push(finding.with_related(group.name.span, "first defined here"));
    }
}

fn check_ungrouped(pipeline: &Pipeline, grouped: &HashSet<usize>, report: &mut Report) {
    // Jobs of one name count as one.
    let names: HashSet<&str> = grouped.iter().map(|index| pipeline.jobs[*index].name.as_str()).collect();
    let mut reported = HashSet::new();
    for job in &pipeline.jobs {
        if !names.contains(job.name.as_str()) && reported.insert(job.name.as_str()) {
            let message = format!("job '{}' belongs to no group", job.name.value);
            report.error(Section::Groups, Rule::UngroupedJob, message, job.name.span);
        }
    }
}
