//! Single values for variables and their fields, as flags give them, and the maps they build.

use super::Reference;
use crate::yaml::{Entry, Map, Node, Value};

/// A value for a variable or one of its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What is set. A source plays no part.
    pub reference: Reference,
    /// Its value.
    pub value: Node,
}

/// Builds the variables that pairs give, later pairs over earlier ones: `a.b=1` and `a.c=2` make one
/// map, `a=3` after them replaces it.
pub fn expand(pairs: Vec<Pair>) -> Map {
    let mut variables = Map::new();
    for Pair { reference, value } in pairs {
        upsert(&mut variables, &reference.path, &reference.fields, value);
    }
    variables
}

/// Takes maps apart into pairs, one for each value that is no map.
pub fn flatten(variables: &Map) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for entry in variables {
        flatten_into(&mut pairs, &Reference::to_path(entry.name()), &entry.value);
    }
    pairs
}

fn flatten_into(pairs: &mut Vec<Pair>, reference: &Reference, value: &Node) {
    let Value::Map(map) = &value.value else {
        pairs.push(Pair { reference: reference.clone(), value: value.clone() });
        return;
    };
    for entry in map {
        let mut field = reference.clone();
        field.fields.push(entry.name().to_owned());
        flatten_into(pairs, &field, &entry.value);
    }
}

fn upsert(map: &mut Map, name: &str, fields: &[String], value: Node) {
    let existing = map.iter_mut().find(|entry| entry.name() == name).map(|entry| &mut entry.value.value);
    match (existing, fields) {
        (Some(Value::Map(inner)), [field, rest @ ..]) => upsert(inner, field, rest, value),
        _ => map.insert(Entry::new(name, nest(fields, value))),
    }
}

fn nest(fields: &[String], value: Node) -> Node {
    fields.iter().rev().fold(value, |inner, field| {
        let span = inner.span;
        Node::new(Value::Map([Entry::new(field.as_str(), inner)].into_iter().collect()), span)
    })
}
