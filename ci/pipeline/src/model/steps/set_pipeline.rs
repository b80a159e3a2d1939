//! `set_pipeline`.

use super::step_name;
use crate::model::decode::{Decoder, Fields};
use crate::model::exact;
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node};

/// Sets a pipeline from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct SetPipelineStep {
    /// The pipeline, or `self`.
    pub name: Spanned<String>,
    /// The file, as artifact and path.
    pub file: Option<Spanned<String>>,
    /// The team, if not the build's.
    pub team: Option<Spanned<String>>,
    /// Variables for the file.
    pub vars: Option<Node>,
    /// Files of variables, the first one first.
    pub var_files: Vec<Spanned<String>>,
    /// Variables that make the pipeline an instance.
    pub instance_vars: Option<Node>,
    /// Where the step stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

impl SetPipelineStep {
    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Self {
        let key_span = entry.key.span;
        Self {
            name: step_name(decoder, "set_pipeline", entry),
            file: exact::text(fields, decoder, "file"),
            team: exact::text(fields, decoder, "team"),
            vars: exact::map(fields, decoder, "vars"),
            var_files: exact::texts(fields, decoder, "var_files"),
            instance_vars: exact::map(fields, decoder, "instance_vars"),
            span: fields.span,
            key_span,
        }
    }
}
