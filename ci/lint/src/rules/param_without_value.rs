//! a param that is declared without a value and given none

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "param-without-value",
    severity: Severity::Warning,
    summary: "a param that is declared without a value and given none",
    explanation: "\
A task file that declares a param without a value asks for it. A step that gives none runs the task with an
empty variable.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    context.each_step(|_, step| {
        let StepConfig::Task(task) = step else { return };
        let Some(source) = context.task_config(task).filter(|_| task.file.is_some()) else { return };
        let given = |name: &str| task.params.iter().any(|param| *param.name == name);
        let missing: Vec<&str> = source
            .config
            .params
            .iter()
            .filter(|param| param.is_null && !given(&param.name))
            .map(|param| param.name.as_str())
            .collect();
        if missing.is_empty() {
            return;
        }
        let message = format!("task `{}` gets no value for {}", task.name.value, super::listed(&missing));
        let span = task.name.span;
        found.push(Diagnostic::new(&INFO, message, span).help("give the values under `params:` of the step"));
    });
}
