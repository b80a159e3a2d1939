//! a param that the task does not declare

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "undeclared-param",
    severity: Severity::Warning,
    summary: "a param that the task does not declare",
    explanation: "\
A task file declares its params, so that readers know what it takes. Concourse sets others too, with a warning
in the build's log: `K was defined in pipeline but missing from task file`. Most often it is a typo.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    context.each_step(|_, step| {
        let StepConfig::Task(task) = step else { return };
        let Some(source) = context.task_config(task).filter(|_| task.file.is_some()) else { return };
        let declared: Vec<&str> = source.config.params.iter().map(|param| param.name.as_str()).collect();
        for param in task.params.iter().filter(|param| !declared.contains(&param.name.as_str())) {
            let message = format!("the task declares no param `{}`", param.name.value);
            let diagnostic = Diagnostic::new(&INFO, message, param.name.span);
            found.push(super::with_nearest(
                diagnostic,
                &param.name,
                declared.iter().copied(),
                param.name.span,
            ));
        }
    });
}
