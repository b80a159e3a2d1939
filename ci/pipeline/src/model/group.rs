//! `groups`.

use super::decode::{Decoder, Leftovers};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

pub(super) const KNOWN: &[&str] = &["name", "jobs", "resources"];

/// A tab of the pipeline's page.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name; empty when missing.
    pub name: Spanned<String>,
    /// Globs of the jobs in it.
    pub jobs: Vec<Spanned<String>>,
    /// The resources in it.
    pub resources: Vec<Spanned<String>>,
    /// Where the group stands.
    pub span: Span,
}

impl Group {
    pub(super) fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let group = Self {
            name: fields.required_text(decoder, "name"),
            jobs: fields.texts(decoder, "jobs"),
            resources: fields.texts(decoder, "resources"),
            span: fields.span,
        };
        fields.finish(decoder, KNOWN, Leftovers::Refuse);
        Some(group)
    }
}
