//! Filling variables in.

use std::collections::{BTreeSet, HashSet};

use super::error::go_type;
use super::{InterpolationError, Occurrence, Reference, VariableError, Variables, occurrences};
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
    let mut pass = Pass::new(variables, None);
    pass.node(&mut node, 0)?;
    match pass.first_missing {
        Some(span) if missing == Missing::Refuse => {
            let names = pass.missing.into_iter().collect();
            Err(InterpolationError::new(VariableError::Undefined { names }, "", span))
        }
        _ => Ok(node),
    }
}

/// Fills in what can be, and returns with the tree all that cannot: there the text stays as it was written.
///
/// Unknown variables are none of the errors, as with [`Missing::Keep`].
pub fn interpolate_each(mut node: Node, variables: &dyn Variables) -> (Node, Vec<InterpolationError>) {
    let mut pass = Pass::new(variables, Some(Vec::new()));
    if let Err(error) = pass.node(&mut node, 0) {
        pass.failed.get_or_insert_default().push(error);
    }
    (node, pass.failed.unwrap_or_default())
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
    /// What could not be filled in, when all of that is wanted; else the first ends the pass.
    failed: Option<Vec<InterpolationError>>,
    /// About how many bytes values have added.
    grown: usize,
}

impl<'pass> Pass<'pass> {
    fn new(variables: &'pass dyn Variables, failed: Option<Vec<InterpolationError>>) -> Self {
        Self { variables, missing: BTreeSet::new(), first_missing: None, failed, grown: 0 }
    }

    fn node(&mut self, node: &mut Node, depth: usize) -> Result<(), InterpolationError> {
        match &mut node.value {
            Value::String(text) => {
                if !text.contains("((") {
                    return Ok(());
                }
                match self.filled(text, node.span, depth) {
                    Ok(Some(value)) => {
                        node.value = value;
                        node.origin = Origin::Variable;
                    }
                    Ok(None) => {}
                    Err(error) => self.fail(error)?,
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
            *map = self.rename(map.take_entries())?;
        }
        Ok(())
    }

    /// Ends the pass with an error, or keeps it when all are wanted.
    fn fail(&mut self, error: InterpolationError) -> Result<(), InterpolationError> {
        match &mut self.failed {
            Some(failed) => {
                failed.push(error);
                Ok(())
            }
            None => Err(error),
        }
    }

    /// As [`Self::text`], within the limits of a document.
    fn filled(&mut self, text: &str, span: Span, depth: usize) -> Result<Option<Value>, InterpolationError> {
        let Some(value) = self.text(text, span)? else { return Ok(None) };
        check_depth(&value, depth, span)?;
        self.grow(weight(&value), span)?;
        Ok(Some(value))
    }

    /// Returns what a text with variables becomes; nothing when it stays as it is.
    fn text(&mut self, text: &str, span: Span) -> Result<Option<Value>, InterpolationError> {
        let mut values: Vec<(Occurrence<'_>, String)> = Vec::new();
        for occurrence in occurrences(text) {
            let fail = |error| InterpolationError::new(error, occurrence.name, span);
            let value = match self.value(occurrence.name, span) {
                Ok(Some(value)) => value,
                Ok(None) => continue,
                Err(error) => {
                    self.fail(fail(error))?;
                    continue;
                }
            };
            if occurrence.range == (0..text.len()) {
                return Ok(Some(placed(value, span).value));
            }
            let Some(embedded) = embedded_text(&value.value) else {
                let (go_type, name) = (go_type(&value.value), occurrence.name.into());
                self.fail(fail(VariableError::NotPrimitive { go_type, name }))?;
                continue;
            };
            self.grow(embedded.len(), span)?;
            values.push((occurrence, embedded));
        }
        self.embedded(text, &values, span).map(|filled| filled.map(Value::String))
    }

    /// Puts values into a text.
    fn embedded(
        &mut self,
        text: &str,
        values: &[(Occurrence<'_>, String)],
        span: Span,
    ) -> Result<Option<String>, InterpolationError> {
        if values.is_empty() {
            return Ok(None);
        }
        let once = replaced(text, values);
        let names: HashSet<&str> = values.iter().map(|(occurrence, _)| occurrence.name).collect();
        if !once.contains("((") || occurrences(&once).iter().all(|left| !names.contains(left.name)) {
            return Ok(Some(once));
        }
        // Concourse replaces in the text as it is by now, so a value that holds a later variable's name in
        // parentheses is filled in as well.
        let mut filled = text.to_owned();
        for (occurrence, embedded) in values {
            let variable = &text[occurrence.range.clone()];
            let added = filled.matches(variable).count().saturating_mul(embedded.len());
            self.grow(added, span)?;
            filled = filled.replace(variable, embedded);
        }
        Ok(Some(filled))
    }

    /// Returns the value of a variable; nothing, and a note of it, when it is not known.
    fn value(&mut self, name: &str, span: Span) -> Result<Option<Node>, VariableError> {
        let reference: Reference = name.parse()?;
        let value = self.variables.get(&reference)?;
        if value.is_none() {
            self.missing.insert(reference.to_string());
            self.first_missing.get_or_insert(span);
        }
        Ok(value)
    }

    /// Refuses values that blow a small text up when they are used often.
    fn grow(&mut self, bytes: usize, span: Span) -> Result<(), InterpolationError> {
        self.grown = self.grown.saturating_add(bytes);
        if self.grown <= MAX_BYTES {
            return Ok(());
        }
        Err(InterpolationError::new(VariableError::TooLarge { limit: MAX_BYTES }, "", span))
    }

    /// Gives the entries of a map the names that their keys became, merges what stands under `<<`, and lets
    /// written keys win over merged ones.
    fn rename(&mut self, entries: Vec<Entry>) -> Result<Map, InterpolationError> {
        let (merges, others): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.key.as_str() == Some("<<"));
        let mut map = Map::new();
        for entry in merges {
            let span = entry.value.span;
            let (key, value) = (entry.key, entry.value);
            let kept = self.failed.is_some().then(|| value.clone());
            if yaml::merge(&mut map, value).is_ok() {
                continue;
            }
            self.fail(InterpolationError::new(VariableError::MergeNotAMap, "", span))?;
            if let Some(Ok(entry)) = kept.map(|value| Entry::from_key(key, value)) {
                map.insert(entry);
            }
        }
        for entry in others {
            match Entry::from_key(entry.key, entry.value) {
                Ok(renamed) => map.insert(renamed),
                Err(key) => {
                    let kind = key.value.kind();
                    self.fail(InterpolationError::new(VariableError::InvalidKey { kind }, "", key.span))?;
                }
            }
        }
        Ok(map)
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

/// Puts each value in the place of its variable.
fn replaced(text: &str, values: &[(Occurrence<'_>, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut done = 0;
    for (occurrence, embedded) in values {
        filled.push_str(&text[done..occurrence.range.start]);
        filled.push_str(embedded);
        done = occurrence.range.end;
    }
    filled.push_str(&text[done..]);
    filled
}

fn embedded_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.to_embedded_text(),
        _ => None,
    }
}

/// Refuses values that would take the tree below the depth that every walk may rely on.
fn check_depth(value: &Value, outside: usize, span: Span) -> Result<(), InterpolationError> {
    if outside + depth_of(value) <= MAX_DEPTH {
        return Ok(());
    }
    Err(InterpolationError::new(VariableError::TooDeep { limit: MAX_DEPTH }, "", span))
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
