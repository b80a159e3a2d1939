//! `var_sources`.

use std::collections::{HashMap, HashSet};

use super::identifier::{self, Location};
use super::{Finding, Report, Rule, Section, managers};
use crate::model::{Pipeline, VarSource};
use crate::source::Span;
use crate::vars::uses;

pub(super) fn check(pipeline: &Pipeline, report: &mut Report) {
    let mut names: HashMap<&str, (String, Span)> = HashMap::new();
    for (index, source) in pipeline.var_sources.iter().enumerate() {
        let location = Location::new("var_sources", index, &source.name);
        identifier::check(Section::VarSources, &location, &source.name, report);
        if !managers::is_known(&source.kind) {
            let message = format!("unknown credential manager type: {}", source.kind.value);
            report.error(Section::VarSources, Rule::VarSource, message, source.kind.span);
            continue;
        }
        if !managers::is_supported(&source.kind) {
            let message =
                format!("credential manager type {} is not supported in pipeline yet", source.kind.value);
            report.error(Section::VarSources, Rule::VarSource, message, source.kind.span);
        }
        if let Some((other, span)) = names.get(source.name.as_str()) {
            let message =
                format!("{other} and {} have the same name ('{}')", location.by_index(), source.name.value);
            let finding = Finding::new(Section::VarSources, Rule::DuplicateName, message, source.name.span);
            report.errors.push(finding.with_related(*span, "first defined here"));
        }
        names.insert(&source.name, (location.by_index(), source.name.span));
        if let Some(problem) = managers::problem(source) {
            report.error(Section::VarSources, Rule::VarSource, problem.message, problem.span);
        }
    }
    check_order(&pipeline.var_sources, report);
}

/// Sources may use each other's variables in their settings, as long as there is an order in which each
/// is ready before it is used.
fn check_order(sources: &[VarSource], report: &mut Report) {
    let mut ready: HashSet<&str> = HashSet::new();
    let mut pending: Vec<(&VarSource, Vec<String>)> = Vec::new();
    for source in sources {
        let needs = needed_sources(source);
        if !needs.iter().all(|need| ready.contains(need.as_str())) {
            pending.push((source, needs));
            continue;
        }
        ready.insert(&source.name);
        pending.retain(|(waiting, needs)| {
            let still_waits = !needs.iter().all(|need| ready.contains(need.as_str()));
            if !still_waits {
                ready.insert(&waiting.name);
            }
            still_waits
        });
    }
    if let Some((first, _)) = pending.first() {
        let names: Vec<&str> = pending.iter().map(|(source, _)| source.name.as_str()).collect();
        let message = format!(
            "failed to order by dependency: could not resolve inter-dependent var sources: {}",
            names.join(", ")
        );
        report.error(Section::VarSources, Rule::VarSource, message, first.name.span);
    }
}

fn needed_sources(source: &VarSource) -> Vec<String> {
    let Some(config) = &source.config else { return Vec::new() };
    let names = uses(config).into_iter();
    names.filter_map(|found| found.name.split_once(':').map(|(source, _)| source.to_owned())).collect()
}
