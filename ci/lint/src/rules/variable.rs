//! a variable that cannot be filled in

use pipeline::vars::{InterpolationError, Reference, VariableError};

use super::{listed, nearest, path_with_dots};
use crate::context::Context;
use crate::variables::given_by;
use crate::{Diagnostic, RuleInfo, Severity};

pub(crate) static INFO: RuleInfo = RuleInfo {
    name: "variable",
    severity: Severity::Error,
    summary: "a variable that cannot be filled in",
    explanation: "\
A `((variable))` is malformed, or lacks the field asked for; Concourse refuses the pipeline when it is set.

    repository: ((registry.host))      # with registry: {hostname: quay.io}

Sets of variables do not merge: `-v registry.host=quay.io` hides all the other fields that a file has of `registry`.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for error in context.unfilled {
        match &error.error {
            // Those have rules of their own.
            VariableError::NotPrimitive { .. } | VariableError::NotAMap { .. } => {}
            VariableError::MergeNotAMap if is_variable(context, error) => {}
            VariableError::MissingField { field, .. } => found.push(missing_field(context, error, field)),
            _ => found.push(told(context, error)),
        }
    }
}

/// Returns whether the `<<` that cannot be merged is a variable and nothing else.
fn is_variable(context: &Context<'_>, error: &InterpolationError) -> bool {
    crate::variables::whole_variable(context.text(error.span)).is_some()
}

fn told(context: &Context<'_>, error: &InterpolationError) -> Diagnostic {
    let place = context.places.of(error.span, &error.name);
    Diagnostic::new(&INFO, error.to_string(), place).inside(error.span)
}

fn missing_field(context: &Context<'_>, error: &InterpolationError, field: &str) -> Diagnostic {
    let diagnostic = told(context, error);
    let Ok(reference) = error.name.parse::<Reference>() else { return diagnostic };
    if let Some(meant) = path_with_dots::meant(context, &reference) {
        return path_with_dots::suggested(context, diagnostic, &reference, &meant);
    }
    let outside = outside_of(&reference, field);
    let giver = context.options.variables.giver(&reference).map(given_by).unwrap_or_default();
    let value = context.values.get(&outside).ok().flatten();
    let known: Vec<&str> = value
        .as_ref()
        .and_then(|value| value.as_map())
        .map_or_else(Vec::new, |map| map.iter().map(pipeline::yaml::Entry::name).collect());
    let diagnostic = match known.is_empty() {
        true => diagnostic.note(format!("`{outside}` is given by {giver}")),
        false => diagnostic.note(format!("`{outside}` is given by {giver} and has {}", listed(&known))),
    };
    match (hidden_in(context, &reference), nearest(field, known.iter().copied())) {
        (Some(file), _) => diagnostic.help(format!(
            "{giver} hides what `{file}` has of `{}`: give all of it in one place",
            reference.path
        )),
        (None, Some(near)) => diagnostic.help(format!("did you mean `{near}`?")),
        (None, None) => diagnostic,
    }
}

/// Returns the reference without the field that is not there and those below it.
fn outside_of(reference: &Reference, field: &str) -> Reference {
    let mut outside = reference.clone();
    let position = outside.fields.iter().position(|other| other == field).unwrap_or(0);
    outside.fields.truncate(position);
    outside
}

/// Returns a file that would give the value if no flag or later file had another of that variable.
fn hidden_in<'run>(context: &Context<'run>, reference: &Reference) -> Option<&'run str> {
    let has_all = |file: &&pipeline::vars::VariableFile| {
        file.variables
            .get(&reference.path)
            .is_some_and(|value| pipeline::vars::traverse(value, reference).is_ok())
    };
    context.options.variables.files.iter().rev().find(has_all).map(|file| file.name.as_str())
}
