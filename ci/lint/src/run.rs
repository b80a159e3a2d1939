//! Running all rules over a pipeline.

use pipeline::Source;
use pipeline::check::check_all;
use pipeline::vars::{Chain, FlyVariables};
use pipeline::yaml::ReadError;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::rules::{self, MISSING_VARIABLE, VARIABLE, YAML_SYNTAX};
use crate::task_files::{TaskFileFinder, TaskFiles};
use crate::variables::whole_variable;
use crate::{TypeSchemas, allow};

/// What a run is given beside the pipeline.
pub struct Options<'run> {
    /// Schemas of resource types.
    pub schemas: &'run TypeSchemas,
    /// Where task files are; without it they are not looked at.
    pub task_files: Option<&'run dyn TaskFileFinder>,
    /// Values of variables, as `fly` takes them.
    pub variables: &'run FlyVariables,
    /// Whether all variables must have values here, none of them left for a credential manager.
    pub all_variables: bool,
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
    let sets = options.variables.sets().unwrap_or_else(|error| {
        diagnostics.push(Diagnostic::new(&VARIABLE, error.to_string(), pipeline::Span::default()));
        Vec::new()
    });
    let chain = sets.iter().fold(Chain::new(), |chain, set| chain.then(set));
    match check_all(sources[0].text(), &chain) {
        Ok((checked, unfilled)) => {
            let tasks = TaskFiles::load(&checked.decoded.value, options.task_files, &mut sources);
            let context = Context::new(&sources, &checked, &unfilled, (&chain, &sets), options, &tasks);
            for rule in rules::all() {
                (rule.check)(&context, &mut diagnostics);
            }
            diagnostics.iter_mut().for_each(|found| keep_variables(&sources[0], found));
            sort(&mut diagnostics);
            let resting = (!options.all_variables).then_some(&MISSING_VARIABLE);
            allow::apply(&sources[0], &checked.document.comments, resting, &mut diagnostics);
        }
        Err(error) => diagnostics.push(unreadable(&error)),
    }
    sort(&mut diagnostics);
    Linted { sources, diagnostics }
}

fn unreadable(error: &ReadError) -> Diagnostic {
    let found = Diagnostic::new(&YAML_SYNTAX, error.message.clone(), error.span);
    match error.hint {
        Some(hint) => found.help(hint),
        None => found,
    }
}

/// Turns a change of what a variable gave into advice: where the variable stands it cannot be made.
fn keep_variables(source: &Source, found: &mut Diagnostic) {
    let Some(fix) = found.fix.as_ref().filter(|_| found.label.file == 0) else { return };
    let variable = fix.edits.iter().find_map(|(span, replacement)| {
        whole_variable(source.slice(*span)).filter(|_| !replacement.contains("(("))
    });
    let Some(variable) = variable else { return };
    let advice = format!("{} in the value of `(({variable}))`", fix.title);
    found.help.get_or_insert(advice);
    found.fix = None;
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
