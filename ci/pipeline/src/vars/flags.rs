//! The flags `-v`, `-y` and `-i`.

use super::{InvalidFlag, Pair, Reference};
use crate::source::Span;
use crate::yaml::{self, Entry, Map, Node, Number, Value};

/// Reads the argument of `-v`, `name=text`. The value is always text.
///
/// # Errors
/// There is no `=`, or the name is no reference.
pub fn parse_text_flag(argument: &str) -> Result<Pair, InvalidFlag> {
    let (reference, text) = split(argument)?;
    Ok(Pair { reference, value: Node::string(text, Span::default()) })
}

/// Reads the argument of `-y` or `-i`, `name=YAML`. Numbers keep their digits.
///
/// # Errors
/// There is no `=`, the name is no reference, or the value is not YAML.
pub fn parse_yaml_flag(argument: &str) -> Result<Pair, InvalidFlag> {
    let (reference, text) = split(argument)?;
    let document = yaml::read(text).map_err(|error| InvalidFlag::Yaml(error.message))?;
    let mut value = document.root.unwrap_or_else(|| Node::new(Value::Null, Span::default()));
    keep_digits(&mut value);
    Ok(Pair { reference, value })
}

fn split(argument: &str) -> Result<(Reference, &str), InvalidFlag> {
    let (name, value) = argument.split_once('=').ok_or_else(|| InvalidFlag::NotAPair(argument.into()))?;
    Ok((name.parse()?, value))
}

/// Turns numbers into their digits, as values have them that went through JSON with its numbers kept.
pub(super) fn keep_digits(node: &mut Node) {
    // The text stands elsewhere than the pipeline's.
    node.span = Span::default();
    match &mut node.value {
        Value::Number(number) => {
            let digits = match number {
                Number::Int(value) => value.to_string(),
                Number::Uint(value) => value.to_string(),
                Number::Float(_) => number.to_text(),
                Number::Digits(_) => return,
            };
            *number = Number::Digits(digits);
        }
        Value::List(items) => items.iter_mut().for_each(keep_digits),
        Value::Map(map) => {
            make_keys_text(map);
            map.iter_mut().for_each(|entry| keep_digits(&mut entry.value));
        }
        _ => {}
    }
}

/// Turns numbers into floats, as values have them that went through plain JSON.
pub(super) fn make_floats(node: &mut Node) {
    node.span = Span::default();
    match &mut node.value {
        Value::Number(number) => *number = Number::Float(number.as_f64()),
        Value::List(items) => items.iter_mut().for_each(make_floats),
        Value::Map(map) => {
            make_keys_text(map);
            map.iter_mut().for_each(|entry| make_floats(&mut entry.value));
        }
        _ => {}
    }
}

/// Turns keys into text, as JSON does.
fn make_keys_text(map: &mut Map) {
    let entries = std::mem::take(map).into_iter();
    *map = entries.map(Entry::into_parts).map(|(name, value)| Entry::new(name.value, value)).collect();
}
