//! `try`, `do` and `in_parallel`: steps of steps.

use crate::model::decode::{Decoder, Fields, Leftovers, describe};
use crate::model::exact;
use crate::model::step::{Step, decode, decode_steps};
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Value};

/// Runs a step and succeeds whatever comes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TryStep {
    /// The step.
    pub step: Box<Step>,
    /// Where this stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// Runs steps one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct DoStep {
    /// The steps.
    pub steps: Vec<Step>,
    /// Tags for steps that name none.
    pub tags: Vec<Spanned<String>>,
    /// Where this stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// Runs steps at the same time.
#[derive(Clone, Debug, PartialEq)]
pub struct InParallelStep {
    /// The steps.
    pub steps: Vec<Step>,
    /// How many run at once; zero is all.
    pub limit: i64,
    /// Whether the first failure stops the others.
    pub fail_fast: bool,
    /// Tags for steps that name none.
    pub tags: Vec<Spanned<String>>,
    /// Where this stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

const IN_PARALLEL_FIELDS: &[&str] = &["steps", "limit", "fail_fast"];

impl TryStep {
    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Option<Self> {
        let step = decoder.within("try", |decoder| decode(decoder, entry.value))?;
        Some(Self { step: Box::new(step), span: fields.span, key_span: entry.key.span })
    }
}

impl DoStep {
    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Self {
        Self {
            steps: decoder.within("do", |decoder| decode_steps(decoder, entry.value)),
            tags: exact::tags(fields, decoder),
            span: fields.span,
            key_span: entry.key.span,
        }
    }
}

impl InParallelStep {
    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Option<Self> {
        let tags = exact::tags(fields, decoder);
        let (span, key_span) = (fields.span, entry.key.span);
        let (steps, limit, fail_fast) = decoder.within("in_parallel", |decoder| match entry.value.value {
            Value::List(_) => Some((decode_steps(decoder, entry.value), 0, false)),
            Value::Map(_) => decode_settings(decoder, entry.value),
            _ => {
                let found = describe(&entry.value);
                decoder.bad_value(format!("wrong type for parallel config: {found}"), entry.value.span);
                None
            }
        })?;
        Some(Self { steps, limit, fail_fast, tags, span, key_span })
    }
}

fn decode_settings(decoder: &mut Decoder, node: crate::yaml::Node) -> Option<(Vec<Step>, i64, bool)> {
    let mut fields = decoder.fields(node)?;
    let steps = fields
        .take("steps")
        .map_or_else(Vec::new, |node| decoder.within("steps", |decoder| decode_steps(decoder, node)));
    let limit = fields.whole(decoder, "limit").map_or(0, |limit| *limit);
    let fail_fast = fields.boolean(decoder, "fail_fast").is_some_and(|value| *value);
    fields.finish(decoder, IN_PARALLEL_FIELDS, Leftovers::Ignore);
    Some((steps, limit, fail_fast))
}
