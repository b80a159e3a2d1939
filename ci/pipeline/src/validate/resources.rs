//! `resources`.

use std::collections::HashSet;

use super::identifier::{self, Location, SeenNames};
use super::{Report, Rule, Section};
use crate::model::{Pipeline, StepConfig};

pub(super) fn check(pipeline: &Pipeline, report: &mut Report) {
    let mut seen = SeenNames::default();
    for (index, resource) in pipeline.resources.iter().enumerate() {
        let location = Location::new("resources", index, &resource.name);
        identifier::check(Section::Resources, &location, &resource.name, report);
        seen.check(Section::Resources, &location, &resource.name, report);
        if resource.name.is_empty() {
            let message = format!("{} has no name", location.by_name());
            report.error(Section::Resources, Rule::EmptyIdentifier, message, resource.span);
        }
        if resource.kind.is_empty() {
            let message = format!("{} has no type", location.by_name());
            report.error(Section::Resources, Rule::MissingType, message, resource.kind.span);
        }
    }
    check_unused(pipeline, report);
}

fn check_unused(pipeline: &Pipeline, report: &mut Report) {
    let mut used: HashSet<&str> = HashSet::new();
    for job in &pipeline.jobs {
        job.walk(&mut |step| match step {
            StepConfig::Get(get) => {
                used.insert(get.resource_name());
            }
            StepConfig::Put(put) => {
                used.insert(put.resource_name());
            }
            _ => {}
        });
    }
    for resource in pipeline.resources.iter().filter(|resource| !used.contains(resource.name.as_str())) {
        let message = format!("resource '{}' is not used", resource.name.value);
        report.error(Section::Resources, Rule::UnusedResource, message, resource.name.span);
    }
}
