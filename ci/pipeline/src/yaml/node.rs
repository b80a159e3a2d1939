//! The tree that a YAML text becomes.

use super::{Map, Number};
use crate::source::Span;

/// A value with its place and the way it was written.
///
/// Two nodes are equal when their values are: place, style and origin do not count.
#[derive(Clone, Debug)]
pub struct Node {
    /// What the node means.
    pub value: Value,
    /// Where it stands. For a value that came from a variable, where the variable stands.
    pub span: Span,
    /// How it was written.
    pub style: Style,
    /// How it came to be here.
    pub origin: Origin,
}

/// What a node means under YAML 1.1.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `~`, `null` or nothing.
    Null,
    /// A boolean, in any of YAML 1.1's spellings.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A map.
    Map(Map),
}

/// How a node was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A scalar without quotes; only these are looked at for booleans and numbers.
    Plain,
    /// A scalar in single quotes.
    SingleQuoted,
    /// A scalar in double quotes.
    DoubleQuoted,
    /// A `|` block.
    Literal,
    /// A `>` block.
    Folded,
    /// A list or map in brackets.
    Flow,
    /// A list or map by indentation.
    Block,
}

/// How a node came to where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was written there.
    Written,
    /// It is the copy of an anchor, put there by an alias or a merge.
    Alias,
    /// It came from a variable.
    Variable,
}

impl Node {
    /// Returns a node as if written as a plain or block value at the place.
    pub fn new(value: Value, span: Span) -> Self {
        let style = match value {
            Value::List(_) | Value::Map(_) => Style::Block,
            _ => Style::Plain,
        };
        Self { value, span, style, origin: Origin::Written }
    }

    /// Returns a text node at the place.
    pub fn string(text: impl Into<String>, span: Span) -> Self {
        Self::new(Value::String(text.into()), span)
    }

    /// Returns the text, when the node is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the map, when the node is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the items, when the node is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the value under a key, when the node is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// Returns whether the node is null.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Calls `visit` with this node and all below it, keys not included, from the outside in.
    pub fn walk<'node>(&'node self, visit: &mut impl FnMut(&'node Node)) {
        visit(self);
        match &self.value {
            Value::List(items) => items.iter().for_each(|item| item.walk(visit)),
            Value::Map(map) => map.iter().for_each(|entry| entry.value.walk(visit)),
            _ => {}
        }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Value {
    /// Returns what the value is, in the words of messages: `a string`, `a list`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}
