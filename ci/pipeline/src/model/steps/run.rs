//! `run`, of a prototype.

use super::step_name;
use crate::model::ContainerLimits;
use crate::model::decode::{Decoder, Fields};
use crate::model::exact;
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node};

/// Sends a message to a prototype. Concourse checks it and then only says that it cannot do it yet.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStep {
    /// The message.
    pub message: Spanned<String>,
    /// The prototype; empty when missing.
    pub kind: Spanned<String>,
    /// Params for the prototype.
    pub params: Option<Node>,
    /// Whether its container is privileged.
    pub privileged: Option<Spanned<bool>>,
    /// Tags of the workers that may run it.
    pub tags: Vec<Spanned<String>>,
    /// What its container may use.
    pub container_limits: Option<ContainerLimits>,
    /// How long it may take.
    pub timeout: Option<Spanned<String>>,
    /// Where the step stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

impl RunStep {
    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Self {
        let key_span = entry.key.span;
        let span = fields.span;
        Self {
            message: step_name(decoder, "run", entry),
            kind: exact::text(fields, decoder, "type").unwrap_or_else(|| Spanned::new(String::new(), span)),
            params: exact::map(fields, decoder, "params"),
            privileged: exact::boolean(fields, decoder, "privileged"),
            tags: exact::tags(fields, decoder),
            container_limits: exact::with(fields, decoder, "container_limits", ContainerLimits::decode),
            timeout: exact::text(fields, decoder, "timeout"),
            span,
            key_span,
        }
    }
}
