//! a file without the artifact it is in

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::Spanned;
use pipeline::model::StepConfig;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "file-without-artifact",
    severity: Severity::Error,
    summary: "a file without the artifact it is in",
    explanation: "\
`file:` of a task, `load_var` and `set_pipeline` starts with the name of an artifact: `repo/ci/task.yml`.
Without a slash Concourse does not know where the file lives, and the build errors.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    context.each_step(|_, step| match step {
        StepConfig::Task(task) => check_one(task.file.as_ref(), found),
        StepConfig::LoadVar(load) => check_one(load.file.as_ref(), found),
        StepConfig::SetPipeline(step) => {
            check_one(step.file.as_ref(), found);
            step.var_files.iter().for_each(|file| check_one(Some(file), found));
        }
        _ => {}
    });
}

fn check_one(file: Option<&Spanned<String>>, found: &mut Vec<Diagnostic>) {
    let Some(file) = file.filter(|file| !file.is_empty() && !file.contains('/') && !file.contains("(("))
    else {
        return;
    };
    found.push(
        Diagnostic::new(
            &INFO,
            format!("path `{}` does not say in which artifact it is", file.value),
            file.span,
        )
        .label("the build errors here")
        .help(format!("write the artifact first: `ARTIFACT/{}`", file.value)),
    );
}
