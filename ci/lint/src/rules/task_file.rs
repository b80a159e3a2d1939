//! a task file that is not there or not whole

use pipeline::model::{Decoded, StepConfig, TaskConfig};

use crate::context::Context;
use crate::task_files::Entry;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "task-file",
    severity: Severity::Error,
    summary: "a task file that is not there or not whole",
    explanation: "\
`fly` never looks into the files that tasks name; a missing or malformed one errors the build. Files are looked
for where `--artifact NAME=DIR` says, and for a git resource that is this repository in its working tree.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    context.each_step(|_, step| {
        let StepConfig::Task(task) = step else { return };
        let Some(file) = &task.file else { return };
        match context.tasks.entry(file) {
            Some(Entry::Missing { looked_at }) => found.push(
                Diagnostic::new(&INFO, format!("there is no file `{}`", file.value), file.span)
                    .label("the build errors here")
                    .note(format!("looked at {looked_at}")),
            ),
            Some(Entry::Unreadable { file, error }) => {
                found.push(Diagnostic::new(&INFO, error.message.clone(), error.span).in_file(*file));
            }
            Some(Entry::Loaded { file, decoded }) => check_config(*file, decoded, found),
            Some(Entry::Unknown) | None => {}
        }
    });
}

fn check_config(file: usize, decoded: &Decoded<TaskConfig>, found: &mut Vec<Diagnostic>) {
    for mistake in &decoded.mistakes {
        found.push(Diagnostic::new(&INFO, mistake.message(), mistake.span).in_file(file));
    }
    for field in &decoded.value.unknown_fields {
        let message = format!("a task config has no `{}`", field.name);
        let diagnostic =
            Diagnostic::new(&INFO, message, field.span).in_file(file).label("the build errors here");
        found.push(super::with_nearest(diagnostic, &field.name, field.known.iter().copied(), field.span));
    }
    if decoded.mistakes.is_empty() {
        for (message, span) in decoded.value.problems() {
            found.push(Diagnostic::new(&INFO, message.trim().to_owned(), span).in_file(file));
        }
    }
}
