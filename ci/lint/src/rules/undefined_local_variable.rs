//! a local variable that nothing sets

use std::collections::HashMap;

use super::suggest::Known;
use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::Span;
use pipeline::model::{Job, StepConfig};
use pipeline::vars::placed_uses;
use pipeline::yaml::Node;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "undefined-local-variable",
    severity: Severity::Error,
    summary: "a local variable that nothing sets",
    explanation: "\
`((.:name))` is a variable of the build: set by a `load_var`, by an `across` around the step, or by a get or put
of that name (its metadata, since 8.1). If none of them is in the job, the build errors: `undefined vars`.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(jobs) = context.root().and_then(|root| root.get("jobs")).and_then(|jobs| jobs.as_list()) else {
        return;
    };
    let nodes: HashMap<Span, &Node> = jobs.iter().map(|node| (node.span, node)).collect();
    for job in &context.pipeline().jobs {
        let Some(node) = nodes.get(&job.span) else { continue };
        let known = Known::new(names_set_in(job).into_iter());
        for used in placed_uses(node, context.source) {
            let Some(reference) = used.reference.filter(|reference| reference.source.as_deref() == Some("."))
            else {
                continue;
            };
            if known.contains(&reference.path) {
                continue;
            }
            let message =
                format!("nothing in job `{}` sets the variable `{}`", job.name.value, reference.path);
            let diagnostic =
                Diagnostic::new(&INFO, message, used.span).label("the build errors here").inside(used.scalar);
            found.push(match known.nearest(&reference.path) {
                Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
                None => diagnostic.help("set it with a `load_var` before this step"),
            });
        }
    }
}

fn names_set_in(job: &Job) -> Vec<&str> {
    let mut names = Vec::new();
    job.walk(&mut |step| match step {
        StepConfig::LoadVar(load) => names.push(load.name.as_str()),
        StepConfig::Get(get) => names.push(get.name.as_str()),
        StepConfig::Put(put) => names.push(put.name.as_str()),
        StepConfig::Across(across) => {
            names.extend(across.variables.iter().map(|variable| variable.name.as_str()))
        }
        _ => {}
    });
    names
}
