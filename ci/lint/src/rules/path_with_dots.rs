//! a path that is taken apart where the variable's name is whole, or the other way round

use pipeline::vars::{Reference, StaticVariables, traverse};

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "path-with-dots",
    severity: Severity::Warning,
    summary: "dots or slashes in a variable that do not fit the values given",
    explanation: "\
`((a.b))` is the field `b` of a variable `a`. A file with a variable named `a.b` does not give it, and the variable
stays as text. In quotes the dots are part of the name: `((\"a.b\"))`; or write the file as a map:

    a.b: 1        # ((\"a.b\"))
    a: {b: 1}     # ((a.b))

`-v a.b=1` builds the map. A `/` is always part of the name: `((a/b))` is no field.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let severity = if context.options.all_variables { Severity::Error } else { INFO.severity };
    for used in context.uses() {
        let Some(reference) = used.reference.as_ref().filter(|_| used.is_written) else { continue };
        if !matches!(context.values.get(reference), Ok(None)) {
            continue;
        }
        let Some(meant) = meant(context, reference) else { continue };
        let message =
            format!("`(({}))` is {}, and only {} has a value", used.name, what(reference), what(&meant));
        let diagnostic = Diagnostic::new(&INFO, message, used.span).severity(severity).inside(used.scalar);
        found.push(suggested(context, diagnostic, reference, &meant));
    }
}

/// Returns what a reference that has no value most likely means: the same names, divided at other dots or slashes.
pub(super) fn meant(context: &Context<'_>, reference: &Reference) -> Option<Reference> {
    let divides = |text: &str| text.contains(['.', '/']);
    let may_differ = reference.source.is_none() && (!reference.fields.is_empty() || divides(&reference.path));
    if !may_differ {
        return None;
    }
    let parts: Vec<&str> = std::iter::once(&reference.path)
        .chain(&reference.fields)
        .flat_map(|part| part.split(['.', '/']))
        .collect();
    context.sets.iter().find_map(|set| divided(set, &parts)).filter(|meant| meant != reference)
}

/// Returns the reference to a value of the set that has these names in this order.
fn divided(set: &StaticVariables, parts: &[&str]) -> Option<Reference> {
    let owned = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    (1..=parts.len()).rev().find_map(|count| {
        let (name, rest) = parts.split_at(count);
        [name.join("."), name.join("/")].into_iter().find_map(|path| {
            let value = set.values().get(&path)?;
            let choices = [owned(rest), if rest.is_empty() { Vec::new() } else { vec![rest.join(".")] }];
            choices.into_iter().find_map(|fields| {
                let reference = Reference { source: None, path: path.clone(), fields };
                traverse(value, &reference).is_ok().then_some(reference)
            })
        })
    })
}

/// Adds what to write instead.
pub(super) fn suggested(
    context: &Context<'_>,
    diagnostic: Diagnostic,
    reference: &Reference,
    meant: &Reference,
) -> Diagnostic {
    let place = diagnostic.label.span;
    let written = context.text(place);
    let Some(name) = crate::variables::whole_variable(written) else {
        return diagnostic.help(format!("write `(({meant}))`"));
    };
    // Within double quotes those of the name need a backslash.
    let is_double_quoted = diagnostic.value.is_some_and(|value| context.text(value).starts_with('"'));
    let shown = format!("(({meant}))");
    let replacement = if is_double_quoted { shown.replace('"', "\\\"") } else { shown.clone() };
    let exact = context.places.of(place, name);
    let diagnostic = match meant.fields.is_empty() && !reference.fields.is_empty() {
        true => diagnostic.help(format!("quote the name, or give it as a map: `{}`", as_map(reference))),
        false => diagnostic,
    };
    diagnostic.suggestion(format!("write `{shown}`"), exact, replacement)
}

/// Returns what a file would have to say: `a: {b: …}`.
fn as_map(reference: &Reference) -> String {
    let fields = reference.fields.iter().rev();
    let value = fields.fold("…".to_owned(), |inner, field| format!("{{{field}: {inner}}}"));
    format!("{}: {value}", reference.path)
}

fn what(reference: &Reference) -> String {
    match reference.fields.as_slice() {
        [] => format!("a variable named `{}`", reference.path),
        fields => format!("the field `{}` of a variable `{}`", fields.join("` `"), reference.path),
    }
}
