//! a mapping for an input or output that the task does not have

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::Spanned;
use pipeline::model::StepConfig;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unknown-mapping",
    severity: Severity::Error,
    summary: "a mapping for an input or output that the task does not have",
    explanation: "\
`input_mapping` and `output_mapping` have the task's own names on the left and artifacts on the right.
Concourse passes over names that the task does not have, so the artifact does not get where it should.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    context.each_step(|_, step| {
        let StepConfig::Task(task) = step else { return };
        let Some(source) = context.task_config(task) else { return };
        let inputs: Vec<&str> = source.config.inputs.iter().map(|input| input.name.as_str()).collect();
        let outputs: Vec<&str> = source.config.outputs.iter().map(|output| output.name.as_str()).collect();
        check_side(&task.input_mapping, &inputs, "input", found);
        check_side(&task.output_mapping, &outputs, "output", found);
    });
}

fn check_side(
    mapping: &[(Spanned<String>, Spanned<String>)],
    names: &[&str],
    side: &str,
    found: &mut Vec<Diagnostic>,
) {
    for (name, artifact) in mapping.iter().filter(|(name, _)| !names.contains(&name.as_str())) {
        if name.contains("((") {
            continue;
        }
        let diagnostic =
            Diagnostic::new(&INFO, format!("the task has no {side} `{}`", name.value), name.span)
                .label("Concourse passes over this");
        let swapped = names.contains(&artifact.as_str());
        found.push(if swapped {
            diagnostic
                .help(format!("the task's own name stands on the left: `{}: {}`", artifact.value, name.value))
        } else if names.is_empty() {
            diagnostic.help(format!("the task has no {side}s at all"))
        } else {
            super::with_nearest(diagnostic, name, names.iter().copied(), name.span)
        });
    }
}
