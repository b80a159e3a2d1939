//! What a scalar means, with its tag.

use granit_parser::Tag;

use super::scalar::resolve_plain;
use super::{Number, ReadError, Style, Value};
use crate::source::Span;

/// Resolves a scalar as go-yaml does: plain ones by what they look like, others as text, and by a tag of
/// YAML's own where there is one. Other tags make text.
pub(super) fn resolve(text: &str, style: Style, tag: Option<&Tag>, span: Span) -> Result<Value, ReadError> {
    let Some(tag) = tag else {
        return Ok(if style == Style::Plain { resolve_plain(text) } else { Value::String(text.into()) });
    };
    let cannot = |as_what: &str| {
        let kind = resolve_plain(text).kind();
        Err(ReadError::new(format!("cannot decode {kind} `{text}` as a !!{as_what}"), span))
    };
    let core = tag.suffix_in_namespace("tag:yaml.org,2002:");
    match (core.as_deref(), resolve_plain(text)) {
        (Some("int"), value @ Value::Number(Number::Int(_) | Number::Uint(_)))
        | (Some("bool"), value @ Value::Bool(_))
        | (Some("null"), value @ Value::Null) => Ok(value),
        (Some("float"), Value::Number(number)) => Ok(Value::Number(Number::Float(number.as_f64()))),
        (Some(name @ ("int" | "bool" | "null" | "float")), _) => cannot(name),
        (Some("binary"), _) => decode_binary(text, span),
        _ => Ok(Value::String(text.into())),
    }
}

/// Refuses `.inf` and `.nan`: every value goes through JSON, which has neither.
pub(super) fn check_finite(value: &Value, span: Span) -> Result<(), ReadError> {
    let Value::Number(Number::Float(float)) = value else { return Ok(()) };
    let name = match *float {
        f64::INFINITY => "+Inf",
        f64::NEG_INFINITY => "-Inf",
        _ if float.is_nan() => "NaN",
        _ => return Ok(()),
    };
    Err(ReadError::new(format!("json: unsupported value: {name}"), span).with_hint("put it in quotes"))
}

fn decode_binary(text: &str, span: Span) -> Result<Value, ReadError> {
    use base64::Engine as _;

    let compact: String = text.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    match base64::engine::general_purpose::STANDARD.decode(compact) {
        Ok(bytes) => Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        Err(_) => Err(ReadError::new("!!binary value contains invalid base64 data", span)),
    }
}
