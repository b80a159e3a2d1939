//! `var_sources`.

use super::decode::{Decoder, Leftovers};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

const KNOWN: &[&str] = &["name", "type", "config"];

/// A place where variables come from, such as a Vault.
#[derive(Clone, Debug, PartialEq)]
pub struct VarSource {
    /// The name before the colon of `((name:variable))`; empty when missing.
    pub name: Spanned<String>,
    /// The kind of credential manager; empty when missing.
    pub kind: Spanned<String>,
    /// Its settings.
    pub config: Option<Node>,
    /// Where the source stands.
    pub span: Span,
}

impl VarSource {
    pub(super) fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let source = Self {
            name: fields.required_text(decoder, "name"),
            kind: fields.required_text(decoder, "type"),
            config: fields.take("config"),
            span: fields.span,
        };
        fields.finish(decoder, KNOWN, Leftovers::Refuse);
        Some(source)
    }
}
