//! a variable that nothing uses

use std::collections::HashSet;

use super::suggest::Known;
use crate::context::Context;
use crate::variables::given_by;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;
use pipeline::vars::{Giver, Reference};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unused-variable",
    severity: Severity::Warning,
    summary: "a variable that nothing uses",
    explanation: "\
A `load_var` or an `across` whose variable no step uses, a source of variables that no `((source:name))` names, and
values given with `-v`, `-y` or `-l` that the pipeline does not take are most often left over, or a typo.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let used = || context.uses().iter().filter_map(|used| used.reference.as_ref());
    let of_build = |reference: &&Reference| reference.source.as_deref() == Some(".");
    let local: HashSet<&str> = used().filter(of_build).map(|reference| reference.path.as_str()).collect();
    let sources: HashSet<&str> = used().filter_map(|reference| reference.source.as_deref()).collect();
    let has_task_files = context.pipeline().jobs.iter().any(|job| {
        let mut any = false;
        job.walk(&mut |step| any |= matches!(step, StepConfig::Task(task) if task.file.is_some()));
        any
    });
    context.each_step(|_, step| {
        let StepConfig::LoadVar(load) = step else { return };
        // A task's file may use it as well, and may be elsewhere.
        if !has_task_files && !local.contains(load.name.as_str()) {
            let message = format!("nothing uses the variable `{}`", load.name.value);
            found.push(
                Diagnostic::new(&INFO, message, load.name.span)
                    .help(format!("use it as `((.:{}))`", load.name.value)),
            );
        }
    });
    for source in &context.pipeline().var_sources {
        if !sources.contains(source.name.as_str()) && !has_task_files {
            let message = format!("nothing uses the variable source `{}`", source.name.value);
            found.push(Diagnostic::new(&INFO, message, source.name.span));
        }
    }
    let without_source = used().filter(|reference| reference.source.is_none());
    unused_values(context, &Known::new(without_source.map(|reference| reference.path.as_str())), found);
}

/// Values that were given and that the pipeline does not take. A file may serve several pipelines, so what it
/// has too much is a hint; so are variables of the instance, which make the pipeline's name.
fn unused_values(context: &Context<'_>, known: &Known<'_>, found: &mut Vec<Diagnostic>) {
    for (index, set) in context.sets.iter().enumerate() {
        for entry in set.values().iter().filter(|entry| !known.contains(entry.name())) {
            let name = entry.name();
            let giver = context.options.variables.giver(&Reference::to_path(name));
            let is_left = index == 0 && giver != Some(Giver::InstanceFlag);
            let severity = if is_left { Severity::Warning } else { Severity::Hint };
            let by = giver.map_or_else(String::new, |giver| format!(" by {}", given_by(giver)));
            let message = format!("the pipeline does not use the variable `{name}` that was given{by}");
            let diagnostic = Diagnostic::new(&INFO, message, pipeline::Span::default()).severity(severity);
            found.push(match known.nearest(name) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            });
        }
    }
}
