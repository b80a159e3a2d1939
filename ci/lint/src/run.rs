//! Running all rules over a pipeline.

use pipeline::Source;
use pipeline::check::{CheckError, check};
use pipeline::vars::{Chain, FlyVariables};

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::rules::{self, VARIABLE, YAML_SYNTAX};
use crate::task_files::{TaskFileFinder, TaskFiles};
use crate::{TypeSchemas, allow};

/// What a run is given beside the pipeline.
pub struct Options<'run> {
    /// Schemas of resource types.
    pub schemas: &'run TypeSchemas,
    /// Where task files are; without it they are not looked at.
    pub task_files: Option<&'run dyn TaskFileFinder>,
    /// Values of variables, as `fly` takes them.
    pub variables: &'run FlyVariables,
}

/// What a run found.
pub struct Linted {
    /// The pipeline's text, and those of the task files that were found.
    pub sources: Vec<Source>,
    /// What was found, by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Looks at a pipeline.
pub fn lint(source: Source, options: &Options<'_>) -> Linted {
    let mut sources = vec![source];
    let mut diagnostics = Vec::new();
    let chain = options.variables.chain().unwrap_or_else(|error| {
        diagnostics.push(Diagnostic::new(&VARIABLE, error.to_string(), pipeline::Span::default()));
        Chain::new()
    });
    match check(sources[0].text(), &chain) {
        Ok(checked) => {
            let tasks = TaskFiles::load(&checked.decoded.value, options.task_files, &mut sources);
            let context = Context::new(&sources[0], &checked, options, &tasks);
            for rule in rules::all() {
                (rule.check)(&context, &mut diagnostics);
            }
            sort(&mut diagnostics);
            allow::apply(&sources[0], &checked.document.comments, &mut diagnostics);
        }
        Err(error) => diagnostics.push(unreadable(&error)),
    }
    sort(&mut diagnostics);
    Linted { sources, diagnostics }
}

fn unreadable(error: &CheckError) -> Diagnostic {
    match error {
        CheckError::Read(read) => {
            let found = Diagnostic::new(&YAML_SYNTAX, read.message.clone(), read.span);
            match read.hint {
                Some(hint) => found.help(hint),
                None => found,
            }
        }
        CheckError::Interpolation(error) => Diagnostic::new(&VARIABLE, error.error.to_string(), error.span),
    }
}

/// Sorts by file and place. What stands at an anchor and is found once for each alias comes once.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|one, other| {
        let key = |found: &Diagnostic| (found.label.file, found.label.span, found.rule.name);
        key(one).cmp(&key(other))
    });
    diagnostics.dedup_by(|later, earlier| {
        later.rule == earlier.rule && later.label == earlier.label && later.message == earlier.message
    });
}
