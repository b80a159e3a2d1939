//! Filling variables in.

use std::collections::BTreeSet;

use super::error::go_type;
use super::{InterpolationError, Reference, VariableError, Variables, occurrences};
use crate::source::Span;
use crate::yaml::{self, Entry, MAX_BYTES, MAX_DEPTH, Map, Node, Number, Origin, Value};

/// What happens to variables that nothing knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// They stay as text, for run time. So it is when a pipeline is set.
    Keep,
    /// They are an error, all of them in one. So it is when a step runs.
    Refuse,
}

/// A place where a variable is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The text between the parentheses.
    pub name: String,
    /// What it refers to; nothing when it is no valid reference.
    pub reference: Option<Reference>,
    /// The scalar that holds it.
    pub span: Span,
    /// Whether the scalar is nothing but this variable, so that the value keeps its type.
    pub whole: bool,
}

/// Fills the variables of a tree in, those in keys too.
///
/// Values keep their type where a scalar is nothing but the variable. Nodes that came from a variable
/// have the place of the scalar that held it. A key `<<` merges what its value became.
///
/// # Errors
/// A variable is malformed, has no such field, cannot stand within a text, or, with
/// [`Missing::Refuse`], is not known.
pub fn interpolate(
    mut node: Node,
    variables: &dyn Variables,
    missing: Missing,
) -> Result<Node, InterpolationError> {
    let mut pass = Pass { variables, missing: BTreeSet::new(), first_missing: None, grown: 0 };
    pass.node(&mut node, 0)?;
    match pass.first_missing {
        Some(span) if missing == Missing::Refuse => {
            let names = pass.missing.into_iter().collect();
            Err(InterpolationError { error: VariableError::Undefined { names }, span })
        }
        _ => Ok(node),
    }
}

/// Fills the variables of a single text in, with all of them required.
///
/// # Errors
/// As [`interpolate`] with [`Missing::Refuse`], and for a result that is no text.
pub fn interpolate_text(text: &str, variables: &dyn Variables) -> Result<String, VariableError> {
    let node = Node::string(text, Span::default());
    let filled = interpolate(node, variables, Missing::Refuse).map_err(|error| error.error)?;
    match filled.value {
        Value::String(text) => Ok(text),
        other => Err(VariableError::NotPrimitive { go_type: go_type(&other), name: text.into() }),
    }
}

/// Returns where a tree uses variables, in the order of the text.
pub fn uses(node: &Node) -> Vec<Use> {
    let mut found = Vec::new();
    node.walk(&mut |node| {
        if let Value::Map(map) = &node.value {
            map.iter().for_each(|entry| collect_uses(&entry.key, &mut found));
        }
        collect_uses(node, &mut found);
    });
    found
}

fn collect_uses(node: &Node, found: &mut Vec<Use>) {
    let Some(text) = node.as_str() else { return };
    for occurrence in occurrences(text) {
        found.push(Use {
            name: occurrence.name.into(),
            reference: occurrence.name.parse().ok(),
            span: node.span,
            whole: occurrence.range == (0..text.len()),
        });
    }
}

struct Pass<'pass> {
    variables: &'pass dyn Variables,
    missing: BTreeSet<String>,
    first_missing: Option<Span>,
    /// About how many bytes values have added.
    grown: usize,
}

impl Pass<'_> {
    fn node(&mut self, node: &mut Node, depth: usize) -> Result<(), InterpolationError> {
        match &mut node.value {
            Value::String(text) => {
                if !text.contains("((") {
                    return Ok(());
                }
                let filled = self.text(text, node.span)?;
                if let Some(value) = filled {
                    check_depth(&value, depth, node.span)?;
                    self.grow(weight(&value), node.span)?;
                    node.value = value;
                    node.origin = Origin::Variable;
                }
                Ok(())
            }
            Value::List(items) => items.iter_mut().try_for_each(|item| self.node(item, depth + 1)),
            Value::Map(map) => self.map(map, depth),
            _ => Ok(()),
        }
    }

    fn map(&mut self, map: &mut Map, depth: usize) -> Result<(), InterpolationError> {
        let mut keys_changed = false;
        for entry in map.iter_mut() {
            self.node(&mut entry.value, depth + 1)?;
            let is_text = entry.key.as_str().is_some_and(|text| text.contains("((") || text == "<<");
            if is_text {
                self.node(&mut entry.key, depth + 1)?;
                keys_changed = true;
            }
        }
        if keys_changed {
            *map = rename(map.take_entries())?;
        }
        Ok(())
    }

    /// Returns what a text with variables becomes; nothing when it stays as it is.
    fn text(&mut self, text: &str, span: Span) -> Result<Option<Value>, InterpolationError> {
        let fail = |error| InterpolationError { error, span };
        let mut filled: Option<String> = None;
        for occurrence in occurrences(text) {
            let reference: Reference =
                occurrence.name.parse().map_err(|error| fail(VariableError::Invalid(error)))?;
            let Some(value) = self.variables.get(&reference).map_err(fail)? else {
                self.missing.insert(reference.to_string());
                self.first_missing.get_or_insert(span);
                continue;
            };
            if occurrence.range == (0..text.len()) {
                return Ok(Some(placed(value, span).value));
            }
            let embedded = embedded_text(&value.value)
                .ok_or_else(|| VariableError::NotPrimitive {
                    go_type: go_type(&value.value),
                    name: occurrence.name.into(),
                })
                .map_err(fail)?;
            // Concourse replaces in the text as it is by now, so a value that holds a later variable's
            // name in parentheses is filled in as well.
            let so_far = filled.as_deref().unwrap_or(text);
            let variable = format!("(({}))", occurrence.name);
            let added = so_far.matches(&variable).count().saturating_mul(embedded.len());
            self.grow(added, span)?;
            filled = Some(so_far.replace(&variable, &embedded));
        }
        Ok(filled.map(Value::String))
    }

    /// Refuses values that blow a small text up when they are used often.
    fn grow(&mut self, bytes: usize, span: Span) -> Result<(), InterpolationError> {
        self.grown = self.grown.saturating_add(bytes);
        if self.grown <= MAX_BYTES {
            return Ok(());
        }
        Err(InterpolationError { error: VariableError::TooLarge { limit: MAX_BYTES }, span })
    }
}

/// Gives a value that came from elsewhere its place in this text, and its numbers the type they have
/// after they were written out and read again.
fn placed(mut node: Node, span: Span) -> Node {
    place(&mut node, span);
    node
}

fn place(node: &mut Node, span: Span) {
    node.span = span;
    node.origin = Origin::Variable;
    match &mut node.value {
        Value::Number(number) => *number = read_again(number),
        Value::List(items) => items.iter_mut().for_each(|item| place(item, span)),
        Value::Map(map) => map.iter_mut().for_each(|entry| {
            entry.key.span = span;
            place(&mut entry.value, span);
        }),
        _ => {}
    }
}

fn read_again(number: &Number) -> Number {
    match number {
        Number::Digits(digits) => digits.parse().map_or_else(|_| Number::Float(number.as_f64()), Number::Int),
        other => other.clone(),
    }
}

fn embedded_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.to_embedded_text(),
        _ => None,
    }
}

/// Gives the entries of a map the names that their keys became, merges what stands under `<<`, and lets
/// written keys win over merged ones.
fn rename(entries: Vec<Entry>) -> Result<Map, InterpolationError> {
    let (merges, others): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.key.as_str() == Some("<<"));
    let mut map = Map::new();
    for entry in merges {
        let span = entry.value.span;
        yaml::merge(&mut map, entry.value)
            .map_err(|_| InterpolationError { error: VariableError::MergeNotAMap, span })?;
    }
    for entry in others {
        let renamed = Entry::from_key(entry.key, entry.value).map_err(|key| InterpolationError {
            error: VariableError::InvalidKey { kind: key.value.kind() },
            span: key.span,
        })?;
        map.insert(renamed);
    }
    Ok(map)
}

/// Refuses values that would take the tree below the depth that every walk may rely on.
fn check_depth(value: &Value, outside: usize, span: Span) -> Result<(), InterpolationError> {
    if outside + depth_of(value) <= MAX_DEPTH {
        return Ok(());
    }
    Err(InterpolationError { error: VariableError::TooDeep { limit: MAX_DEPTH }, span })
}

/// Returns about how many bytes a value takes in memory.
fn weight(value: &Value) -> usize {
    let below: usize = match value {
        Value::String(text) => text.len(),
        Value::List(items) => items.iter().map(|item| weight(&item.value)).sum(),
        Value::Map(map) => map.iter().map(|entry| weight(&entry.value.value) + entry.name().len()).sum(),
        _ => 0,
    };
    below + size_of::<Node>()
}

fn depth_of(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(|item| depth_of(&item.value)).max().unwrap_or(0),
        Value::Map(map) => 1 + map.iter().map(|entry| depth_of(&entry.value.value)).max().unwrap_or(0),
        _ => 0,
    }
}
