//! a variable that nothing uses

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;
use pipeline::vars::{Reference, uses};

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
    let Some(root) = context.root() else { return };
    let used: Vec<Reference> = uses(root).into_iter().filter_map(|used| used.reference).collect();
    let is_local =
        |name: &str| used.iter().any(|used| used.source.as_deref() == Some(".") && used.path == name);
    let has_task_files = context.pipeline().jobs.iter().any(|job| {
        let mut any = false;
        job.walk(&mut |step| any |= matches!(step, StepConfig::Task(task) if task.file.is_some()));
        any
    });
    context.each_step(|_, step| {
        let StepConfig::LoadVar(load) = step else { return };
        // A task's file may use it as well, and may be elsewhere.
        if !has_task_files && !is_local(&load.name) {
            let message = format!("nothing uses the variable `{}`", load.name.value);
            found.push(
                Diagnostic::new(&INFO, message, load.name.span)
                    .help(format!("use it as `((.:{}))`", load.name.value)),
            );
        }
    });
    for source in &context.pipeline().var_sources {
        let named = used.iter().any(|used| used.source.as_deref() == Some(source.name.as_str()));
        if !named && !has_task_files {
            let message = format!("nothing uses the variable source `{}`", source.name.value);
            found.push(Diagnostic::new(&INFO, message, source.name.span));
        }
    }
    unused_values(context, &used, found);
}

/// Values that were given and that the pipeline does not take. A file may serve several pipelines, so what it
/// has too much is a hint.
fn unused_values(context: &Context<'_>, used: &[Reference], found: &mut Vec<Diagnostic>) {
    let Ok(sets) = context.options.variables.sets() else { return };
    let known: Vec<&str> =
        used.iter().filter(|used| used.source.is_none()).map(|used| used.path.as_str()).collect();
    for (index, set) in sets.iter().enumerate() {
        let severity = if index == 0 { Severity::Warning } else { Severity::Hint };
        for entry in set.values().iter().filter(|entry| !known.contains(&entry.name())) {
            let name = entry.name();
            let message = format!("the pipeline does not use the variable `{name}` that was given");
            let diagnostic = Diagnostic::new(&INFO, message, pipeline::Span::default()).severity(severity);
            found.push(match super::nearest(name, known.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            });
        }
    }
}
