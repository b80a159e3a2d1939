//! a local variable that nothing sets

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::{Job, StepConfig};
use pipeline::vars::uses;

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
    for job in &context.pipeline().jobs {
        let Some(node) = jobs.iter().find(|node| node.span == job.span) else { continue };
        let known = names_set_in(job);
        for used in uses(node) {
            let Some(reference) = used.reference.filter(|reference| reference.source.as_deref() == Some("."))
            else {
                continue;
            };
            if known.contains(&reference.path.as_str()) {
                continue;
            }
            let message =
                format!("nothing in job `{}` sets the variable `{}`", job.name.value, reference.path);
            let diagnostic = Diagnostic::new(&INFO, message, used.span).label("the build errors here");
            found.push(match super::nearest(&reference.path, known.iter().copied()) {
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
