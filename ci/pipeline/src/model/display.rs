//! `display`.

use super::decode::{Decoder, Leftovers};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

const KNOWN: &[&str] = &["background_image", "background_filter"];

/// How the pipeline's page looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Display {
    /// URL of an image, absolute or relative.
    pub background_image: Option<Spanned<String>>,
    /// A CSS filter for it.
    pub background_filter: Option<Spanned<String>>,
    /// Where the settings stand.
    pub span: Span,
}

impl Display {
    pub(super) fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        if node.is_null() {
            return None;
        }
        let mut fields = decoder.fields(node)?;
        let display = Self {
            background_image: fields.text(decoder, "background_image"),
            background_filter: fields.text(decoder, "background_filter"),
            span: fields.span,
        };
        fields.finish(decoder, KNOWN, Leftovers::Refuse);
        Some(display)
    }
}
