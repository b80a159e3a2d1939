//! a variable where Concourse never fills one in

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::Spanned;
use pipeline::model::StepConfig;
use pipeline::vars::{Reference, occurrences};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "variable-in-fixed-place",
    severity: Severity::Error,
    summary: "a variable where Concourse never fills one in",
    explanation: "\
When a build runs, variables are filled into sources, params, task configs, and the fields of `load_var` and
`set_pipeline`. They are not filled into names, a task's `file:` and `image:`, mappings, tags, `timeout:`,
`passed:` and the `inputs:` of a put. A variable left there when the pipeline is set stays as text.

Give its value when the pipeline is set (`-v`), or use an `across` around the step.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for job in &context.pipeline().jobs {
        job.plan.iter().for_each(|step| look(&step.config, &mut Vec::new(), found));
        job.hooks.iter().for_each(|(_, hook)| look(&hook.config, &mut Vec::new(), found));
    }
}

/// Looks at a step; `across` holds the variables that are filled in everywhere.
fn look(step: &StepConfig, across: &mut Vec<String>, found: &mut Vec<Diagnostic>) {
    fixed_places(step).into_iter().for_each(|(field, text)| check_text(field, text, across, found));
    match step {
        StepConfig::Try(step) => look(&step.step.config, across, found),
        StepConfig::Do(step) => step.steps.iter().for_each(|step| look(&step.config, across, found)),
        StepConfig::InParallel(step) => step.steps.iter().for_each(|step| look(&step.config, across, found)),
        StepConfig::Timeout(step) => look(&step.step, across, found),
        StepConfig::Attempts(step) => look(&step.step, across, found),
        StepConfig::Hook(step) => {
            look(&step.step, across, found);
            look(&step.hook.config, across, found);
        }
        StepConfig::Across(step) => {
            let before = across.len();
            across.extend(step.variables.iter().map(|variable| variable.name.value.clone()));
            look(&step.step, across, found);
            across.truncate(before);
        }
        _ => {}
    }
}

fn fixed_places(step: &StepConfig) -> Vec<(&'static str, &Spanned<String>)> {
    let mut places: Vec<(&'static str, &Spanned<String>)> = Vec::new();
    let named = |places: &mut Vec<_>, field, texts: &mut dyn Iterator<Item = _>| {
        texts.for_each(|text| places.push((field, text)))
    };
    match step {
        StepConfig::Get(get) => {
            named(&mut places, "timeout", &mut get.timeout.iter());
            named(&mut places, "passed", &mut get.passed.iter());
            named(&mut places, "tags", &mut get.tags.iter());
        }
        StepConfig::Put(put) => {
            named(&mut places, "timeout", &mut put.timeout.iter());
            named(&mut places, "tags", &mut put.tags.iter());
        }
        StepConfig::Task(task) => {
            named(&mut places, "task", &mut std::iter::once(&task.name));
            named(&mut places, "file", &mut task.file.iter());
            named(&mut places, "image", &mut task.image.iter());
            named(&mut places, "timeout", &mut task.timeout.iter());
            named(&mut places, "tags", &mut task.tags.iter());
            named(&mut places, "input_mapping", &mut task.input_mapping.iter().map(|(_, artifact)| artifact));
            named(
                &mut places,
                "output_mapping",
                &mut task.output_mapping.iter().map(|(_, artifact)| artifact),
            );
        }
        StepConfig::SetPipeline(step) => named(&mut places, "set_pipeline", &mut std::iter::once(&step.name)),
        _ => {}
    }
    places
}

fn check_text(field: &str, text: &Spanned<String>, across: &[String], found: &mut Vec<Diagnostic>) {
    let left = occurrences(text).into_iter().find(|occurrence| match occurrence.name.parse::<Reference>() {
        Ok(reference) => reference.source.as_deref() != Some(".") || !across.contains(&reference.path),
        Err(_) => true,
    });
    let Some(left) = left else { return };
    let message = format!("Concourse never fills `(({}))` in here when a build runs", left.name);
    let diagnostic = Diagnostic::new(&INFO, message, text.span)
        .label(format!("`{field}` takes variables only when the pipeline is set, and from `across`"));
    // Without a source it may get a value when the pipeline is set.
    let may_be_set = left.name.parse::<Reference>().is_ok_and(|reference| reference.source.is_none());
    found.push(if may_be_set {
        diagnostic.severity(Severity::Hint).help("give its value with `-v`, `-y` or `-l`")
    } else {
        diagnostic.note("its value is only known when a build runs")
    });
}
