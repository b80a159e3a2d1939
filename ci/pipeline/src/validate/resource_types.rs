//! `resource_types` and `prototypes`, whose names must differ between the two as well.

use super::identifier::{self, Location, SeenNames};
use super::{Report, Rule, Section};
use crate::model::{Pipeline, Prototype, ResourceType};

pub(super) fn check(pipeline: &Pipeline, report: &mut Report) {
    let mut seen = SeenNames::default();
    for (index, resource_type) in pipeline.resource_types.iter().enumerate() {
        check_one(Section::ResourceTypes, "resource_types", index, resource_type, &mut seen, report);
    }
    for (index, Prototype(prototype)) in pipeline.prototypes.iter().enumerate() {
        check_one(Section::Prototypes, "prototypes", index, prototype, &mut seen, report);
    }
}

fn check_one(
    section: Section,
    list: &'static str,
    index: usize,
    resource_type: &ResourceType,
    seen: &mut SeenNames,
    report: &mut Report,
) {
    let location = Location::new(list, index, &resource_type.name);
    identifier::check(section, &location, &resource_type.name, report);
    seen.check(section, &location, &resource_type.name, report);
    if resource_type.name.is_empty() {
        let message = format!("{} has no name", location.by_name());
        report.error(section, Rule::EmptyIdentifier, message, resource_type.span);
    }
    if resource_type.kind.is_empty() {
        let message = format!("{} has no type", location.by_name());
        report.error(section, Rule::MissingType, message, resource_type.kind.span);
    }
}
