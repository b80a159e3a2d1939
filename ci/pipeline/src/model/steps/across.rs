//! `across`.

use crate::model::StepConfig;
use crate::model::decode::{Decoder, Leftovers};
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value, gofmt};

/// Runs a step once for each combination of values.
#[derive(Clone, Debug, PartialEq)]
pub struct AcrossStep {
    /// The variables; the last one varies fastest.
    pub variables: Vec<AcrossVariable>,
    /// Whether the first failure stops the others.
    pub fail_fast: bool,
    /// The step, variables not filled in.
    pub step: Box<StepConfig>,
    /// The step's map, to fill variables in and decode again for each combination.
    pub template: Node,
    /// Where this stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// A variable of an `across`.
#[derive(Clone, Debug, PartialEq)]
pub struct AcrossVariable {
    /// Its name; empty when missing.
    pub name: Spanned<String>,
    /// Its values: a list, or something that becomes one when variables are filled in.
    pub values: Option<Node>,
    /// How many of its values run at once; one when missing.
    pub max_in_flight: Option<Spanned<MaxInFlight>>,
    /// Where the variable stands.
    pub span: Span,
}

/// How many run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxInFlight {
    /// All.
    All,
    /// This many.
    Limit(i64),
}

const KNOWN: &[&str] = &["var", "values", "max_in_flight"];

impl AcrossStep {
    pub(in crate::model) fn decode_variables(decoder: &mut Decoder, node: Node) -> Vec<AcrossVariable> {
        decoder.items(node, |decoder, item| {
            let mut fields = decoder.fields(item)?;
            let variable = AcrossVariable {
                name: fields.required_text(decoder, "var"),
                values: fields.take("values"),
                max_in_flight: fields.take("max_in_flight").and_then(|node| {
                    decoder.within("max_in_flight", |decoder| max_in_flight(decoder, &node))
                }),
                span: fields.span,
            };
            fields.finish(decoder, KNOWN, Leftovers::Refuse);
            Some(variable)
        })
    }
}

fn max_in_flight(decoder: &mut Decoder, node: &Node) -> Option<Spanned<MaxInFlight>> {
    let limit = match &node.value {
        Value::String(text) if text == "all" => Some(MaxInFlight::All),
        Value::String(text) => {
            decoder.bad_value(format!("invalid max_in_flight {}", gofmt::quote(text)), node.span);
            None
        }
        _ => decoder.whole(node).map(|limit| MaxInFlight::Limit(*limit)),
    }?;
    Some(Spanned::new(limit, node.span))
}
