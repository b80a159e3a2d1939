//! a variable whose value is of another kind than its place takes

use pipeline::Span;
use pipeline::model::{Mistake, MistakeKind};
use pipeline::vars::{Giver, InterpolationError, Reference, VariableError};
use pipeline::yaml::{Node, Value};

use super::path_with_dots;
use crate::context::Context;
use crate::variables::{given_by, whole_variable};
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "wrong-kind",
    severity: Severity::Error,
    summary: "a variable whose value is of another kind than its place takes",
    explanation: "\
A scalar that is nothing but a variable becomes its value with its kind, maps and lists included; within text only text
and numbers may stand. `-v` always gives text, so `trigger: ((t))` with `-v t=true` is refused: write `-y t=true`.

Numbers of `-l` files and of `var_files` are floats to Concourse and may not stand within text: quote them in the file.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for error in context.unfilled {
        let Ok(reference) = name_of(context, error).parse::<Reference>() else { continue };
        let place = context.places.of(error.span, &error.name);
        let place = if error.name.is_empty() { error.span } else { place };
        let diagnostic = |message: String| Diagnostic::new(&INFO, message, place).inside(error.span);
        match &error.error {
            VariableError::NotPrimitive { .. } => found.push(within_text(context, &reference, diagnostic)),
            VariableError::NotAMap { .. } => found.push(no_fields(context, &reference, diagnostic)),
            VariableError::MergeNotAMap => {
                let Ok(Some(value)) = context.values.get(&reference) else { continue };
                let message = format!("`<<` merges maps, and `(({reference}))` is {}", value.value.kind());
                found.push(diagnostic(message).note(giver_note(context, &reference)).note(error.to_string()));
            }
            _ => {}
        }
    }
}

fn name_of<'run>(context: &Context<'run>, error: &'run InterpolationError) -> &'run str {
    if error.name.is_empty() {
        whole_variable(context.text(error.span)).unwrap_or_default()
    } else {
        &error.name
    }
}

fn within_text(
    context: &Context<'_>,
    reference: &Reference,
    diagnostic: impl Fn(String) -> Diagnostic,
) -> Diagnostic {
    let kind =
        context.values.get(reference).ok().flatten().map_or("of another kind", |value| value.value.kind());
    if kind != "a number" {
        let message = format!("`(({reference}))` is {kind}, and only text and numbers can stand within text");
        return diagnostic(message).note(giver_note(context, reference));
    }
    let giver = context.options.variables.giver(reference).map(given_by).unwrap_or_default();
    diagnostic(format!("`(({reference}))` is a number of {giver}, and such numbers cannot stand within text"))
        .note("numbers of files are floats to Concourse")
        .help(format!("put it in quotes in {giver}"))
}

fn no_fields(
    context: &Context<'_>,
    reference: &Reference,
    diagnostic: impl Fn(String) -> Diagnostic,
) -> Diagnostic {
    let outside = (0..reference.fields.len()).rev().find_map(|count| {
        let outside = Reference { fields: reference.fields[..count].to_vec(), ..reference.clone() };
        context.values.get(&outside).ok().flatten().map(|value| (outside, value))
    });
    let Some((outside, value)) = outside else {
        return diagnostic(format!("`(({reference}))` asks for a field of something that is no map"));
    };
    let message =
        format!("`(({reference}))` asks for a field of `{outside}`, which is {}", value.value.kind());
    let diagnostic = diagnostic(message).note(giver_note(context, reference));
    match path_with_dots::meant(context, reference) {
        Some(meant) => path_with_dots::suggested(context, diagnostic, reference, &meant),
        None => diagnostic,
    }
}

/// Tells a mistake by the variable that it came from. Nothing when no variable with a value stands there.
pub(super) fn of_mistake(context: &Context<'_>, mistake: &Mistake) -> Option<Diagnostic> {
    let message = match &mistake.kind {
        MistakeKind::WrongType { expected, found } => {
            let (reference, _) = context.filled_variable(mistake.span)?;
            let place = if mistake.path.is_empty() { "the document" } else { &mistake.path };
            let message = format!("{place} must be {expected}, and `(({reference}))` gives {found}");
            return Some(at(context, message, &reference, expected, mistake.span));
        }
        MistakeKind::BadValue(message) => message,
        _ => return None,
    };
    let (reference, value) = context.filled_variable(mistake.span)?;
    let message = format!("{message}; `(({reference}))` is {}", value.value.kind());
    Some(Diagnostic::new(&INFO, message, mistake.span).note(giver_note(context, &reference)))
}

/// Tells that a value that a variable gave is of the wrong kind.
pub(super) fn at(
    context: &Context<'_>,
    message: String,
    reference: &Reference,
    expected: &str,
    span: Span,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(&INFO, message, span).note(giver_note(context, reference));
    match context.options.variables.giver(reference) {
        Some(Giver::TextFlag) if !is_text(expected) => diagnostic
            .help(format!("`-v` always gives text: give it with `-y {}=…`", reference.without_source())),
        _ if is_text(expected) && is_scalar(context, reference) => {
            diagnostic.help("put the value in quotes, or give it with `-v`")
        }
        _ => diagnostic,
    }
}

fn is_text(expected: &str) -> bool {
    matches!(expected, "a string" | "text")
}

fn is_scalar(context: &Context<'_>, reference: &Reference) -> bool {
    let scalar = |value: &Node| matches!(value.value, Value::Number(_) | Value::Bool(_));
    context.values.get(reference).ok().flatten().is_some_and(|value| scalar(&value))
}

fn giver_note(context: &Context<'_>, reference: &Reference) -> String {
    let giver = context.options.variables.giver(reference).map_or_else(|| "a variable".into(), given_by);
    format!("`{}` is given by {giver}", reference.path)
}
