//! `load_var`.

use super::step_name;
use crate::model::decode::{Decoder, Fields};
use crate::model::exact;
use crate::source::{Span, Spanned};
use crate::yaml::Entry;

/// Reads a file into a local variable.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadVarStep {
    /// The variable.
    pub name: Spanned<String>,
    /// The file, as artifact and path.
    pub file: Option<Spanned<String>>,
    /// How the file is read; by its extension when missing.
    pub format: Option<Spanned<String>>,
    /// Whether its value may be shown in logs.
    pub reveal: Option<Spanned<bool>>,
    /// Where the step stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

impl LoadVarStep {
    /// The formats that Concourse knows.
    pub const FORMATS: &'static [&'static str] = &["raw", "trim", "yml", "yaml", "json"];

    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Self {
        let key_span = entry.key.span;
        Self {
            name: step_name(decoder, "load_var", entry),
            file: exact::text(fields, decoder, "file"),
            format: exact::text(fields, decoder, "format"),
            reveal: exact::boolean(fields, decoder, "reveal"),
            span: fields.span,
            key_span,
        }
    }
}
