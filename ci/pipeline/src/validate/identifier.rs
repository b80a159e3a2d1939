//! Names.

use super::{Finding, Report, Rule, Section};
use crate::letters::is_identifier_letter;
use crate::source::{Span, Spanned};

/// A thing in a list, for locations: `jobs.NAME`, or `jobs[0]` without a name.
pub(super) struct Location {
    list: &'static str,
    index: usize,
    name: String,
}

impl Location {
    pub(super) fn new(list: &'static str, index: usize, name: &str) -> Self {
        Self { list, index, name: name.into() }
    }

    /// Returns the location by index.
    pub(super) fn by_index(&self) -> String {
        format!("{}[{}]", self.list, self.index)
    }

    /// Returns the location by name, where there is one.
    pub(super) fn by_name(&self) -> String {
        if self.name.is_empty() { self.by_index() } else { format!("{}.{}", self.list, self.name) }
    }
}

/// Names seen so far in a list.
#[derive(Default)]
pub(super) struct SeenNames {
    seen: std::collections::HashMap<String, (String, Span)>,
}

impl SeenNames {
    /// Notes a name, and reports it when it was there before.
    pub(super) fn check(
        &mut self,
        section: Section,
        location: &Location,
        name: &Spanned<String>,
        report: &mut Report,
    ) {
        match self.seen.get(&name.value) {
            Some((other, span)) => {
                let message =
                    format!("{other} and {} have the same name ('{}')", location.by_index(), name.value);
                let finding = Finding::new(section, Rule::DuplicateName, message, name.span);
                report.errors.push(finding.with_related(*span, "first defined here"));
            }
            None if name.is_empty() => {}
            None => {
                self.seen.insert(name.value.clone(), (location.by_index(), name.span));
            }
        }
    }
}

/// What is wrong with a name.
pub(super) enum NameProblem {
    /// There is none.
    Empty(String),
    /// It has characters that it should not have.
    Invalid(String),
}

/// Checks a name. `context` is where it stands, part by part, for the message.
pub(super) fn problem(name: &str, context: &[String]) -> Option<NameProblem> {
    let place = || context.concat();
    if name.is_empty() {
        return Some(NameProblem::Empty(format!("{}: identifier cannot be an empty string", place())));
    }
    if is_exempt(context) {
        return None;
    }
    let reason = reason(name)?;
    Some(NameProblem::Invalid(format!("{}: '{name}' is not a valid identifier: {reason}", place())))
}

/// Names directly under `across` often hold its variables. Concourse looks for these words anywhere in
/// the last part, so a get of a resource with `task` in its name is exempt as well.
fn is_exempt(context: &[String]) -> bool {
    match context {
        [.., outer, last] => outer == ".across" && (last.contains("set_pipeline") || last.contains("task")),
        _ => false,
    }
}

fn reason(name: &str) -> Option<String> {
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("cannot be just numbers".into());
    }
    let starts = |character: char| is_identifier_letter(character) || character.is_ascii_digit();
    let mut characters = name.chars();
    if !characters.next().is_some_and(starts) {
        return Some("must start with a lowercase letter or a number".into());
    }
    let illegal = characters.find(|character| !starts(*character) && !matches!(character, '-' | '_' | '.'));
    illegal.map(|character| format!("illegal character '{character}'"))
}

/// Checks the name of a thing in a list.
pub(super) fn check(section: Section, location: &Location, name: &Spanned<String>, report: &mut Report) {
    match problem(name, &[location.by_name()]) {
        Some(NameProblem::Empty(message)) => report.error(section, Rule::EmptyIdentifier, message, name.span),
        Some(NameProblem::Invalid(message)) => {
            report.warnings.push(Finding::new(section, Rule::InvalidIdentifier, message, name.span));
        }
        None => {}
    }
}
