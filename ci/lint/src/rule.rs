//! Rules: their names, what they are for, and where they are listed.

use crate::Severity;
use crate::context::Context;
use crate::diagnostic::Diagnostic;

/// A rule, for people.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its name, as comments and flags give it.
    pub name: &'static str,
    /// How bad its findings are, unless one says otherwise.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Why that matters, what to do, with an example; Markdown.
    pub explanation: &'static str,
}

/// A rule and the function that looks for what it finds.
pub(crate) struct Rule {
    pub(crate) info: &'static RuleInfo,
    pub(crate) check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

/// Returns all rules, by name.
pub fn all_rules() -> Vec<&'static RuleInfo> {
    let mut rules = crate::rules::all_infos();
    rules.sort_by_key(|rule| rule.name);
    rules
}

/// Returns the rule of a name.
pub fn find_rule(name: &str) -> Option<&'static RuleInfo> {
    all_rules().into_iter().find(|rule| rule.name == name)
}

/// Returns the name of the rule that a misspelt one most likely means.
pub fn nearest_rule(name: &str) -> Option<&'static str> {
    crate::rules::nearest(name, all_rules().into_iter().map(|rule| rule.name))
}
