//! a variable without a value

use std::collections::HashMap;

use pipeline::model::StepConfig;
use pipeline::vars::{PlacedUse, Reference, VariableError, placed_uses};
use pipeline::yaml::{self, Node};

use super::path_with_dots;
use super::suggest::Known;
use crate::context::Context;
use crate::variables::how_to_give;
use crate::{Diagnostic, RuleInfo, Severity};

pub(crate) static INFO: RuleInfo = RuleInfo {
    name: "missing-variable",
    severity: Severity::Error,
    summary: "a variable without a value, with `--all-variables`; a `<<` without one always",
    explanation: "\
A variable that gets no value when the pipeline is set stays as text, and Concourse asks a credential manager for it
when a build runs. Where there is none, or it does not have it, the build errors: `undefined vars`. With
`--all-variables` every variable without a source must be given by `-v`, `-y`, `-i` or `-l`:

    quayside lint --all-variables -l vars.yml ci/pipeline.yml

What a credential manager has can be said in such a file: values are filled in once, so `password: ((password))` there
leaves it for run time.

Local variables (`((.:x))`) and those of `var_sources` (`((source:x))`) are not meant. In a task's file, `((x))` must be
among the `vars:` of the step: what is given when the pipeline is set does not reach it.

A map that merges a variable (`\"<<\": ((x))`) must have its value when the pipeline is set; this is always told.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.options.all_variables {
        merges(context, found);
        return;
    }
    let names = context.sets.iter().flat_map(|set| set.values().iter().map(yaml::Entry::name));
    let known = Known::new(names);
    for used in context.uses() {
        if let Some(reference) = used.reference.as_ref().filter(|reference| is_missing(context, reference)) {
            found.push(told(context, used, reference, &known));
        }
    }
    in_task_files(context, found);
}

fn is_missing(context: &Context<'_>, reference: &Reference) -> bool {
    reference.source.is_none()
        && matches!(context.values.get(reference), Ok(None))
        && path_with_dots::meant(context, reference).is_none()
}

fn told(context: &Context<'_>, used: &PlacedUse, reference: &Reference, known: &Known<'_>) -> Diagnostic {
    let diagnostic = Diagnostic::new(&INFO, format!("`(({}))` has no value", used.name), used.span)
        .inside(used.scalar)
        .help(how_to_give(reference, context.options.variables));
    let Some(near) = known.nearest(&reference.path) else { return diagnostic };
    let meant = Reference { path: near.into(), ..reference.clone() };
    match used.is_written {
        true => diagnostic.suggestion(format!("or write `(({meant}))`"), used.span, format!("(({meant}))")),
        false => diagnostic.note(format!("there is `{meant}`")),
    }
}

/// A `<<` whose variable has no value keeps Concourse from reading the pipeline at all.
fn merges(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for error in context.unfilled.iter().filter(|error| matches!(error.error, VariableError::MergeNotAMap)) {
        let Some(name) = crate::variables::whole_variable(context.text(error.span)) else { continue };
        let Ok(reference) = name.parse::<Reference>() else { continue };
        if !matches!(context.values.get(&reference), Ok(None)) {
            continue;
        }
        found.push(
            Diagnostic::new(&INFO, format!("`(({name}))` has no value, and `<<` needs one"), error.span)
                .label("refused when the pipeline is set")
                .help(how_to_give(&reference, context.options.variables)),
        );
    }
}

/// A task's file gets its variables from the step's `vars:`, else from a credential manager.
fn in_task_files(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut uses: HashMap<usize, Vec<PlacedUse>> = HashMap::new();
    context.each_step(|job, step| {
        let StepConfig::Task(task) = step else { return };
        let Some(source) = context.task_config(task).filter(|source| source.file > 0) else { return };
        let uses = uses.entry(source.file).or_insert_with(|| uses_of_file(context, source.file));
        let given = task.vars.as_ref().and_then(Node::as_map);
        for used in uses {
            let Some(reference) = used.reference.as_ref().filter(|reference| reference.source.is_none())
            else {
                continue;
            };
            if given.is_some_and(|given| given.contains(&reference.path)) {
                continue;
            }
            let message = format!(
                "`(({}))` has no value in task `{}` of job `{}`",
                used.name, task.name.value, job.name.value
            );
            found.push(
                Diagnostic::new(&INFO, message, used.span)
                    .in_file(source.file)
                    .help(format!("give it under the step's `vars:` as `{}`", reference.path)),
            );
        }
    });
}

fn uses_of_file(context: &Context<'_>, file: usize) -> Vec<PlacedUse> {
    let source = &context.sources[file];
    let root = yaml::read(source.text()).ok().and_then(|document| document.root);
    root.map_or_else(Vec::new, |root| placed_uses(&root, source))
}
