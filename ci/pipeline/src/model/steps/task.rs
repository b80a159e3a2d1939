//! `task`.

use super::step_name;
use crate::model::decode::{Decoder, Fields};
use crate::model::exact;
use crate::model::{ContainerLimits, Param, TaskConfig};
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node};

/// Runs a command in a container.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskStep {
    /// The step's name.
    pub name: Spanned<String>,
    /// Whether its container is privileged.
    pub privileged: Option<Spanned<bool>>,
    /// Whether its container has no network.
    pub hermetic: Option<Spanned<bool>>,
    /// The file with its config, as artifact and path.
    pub file: Option<Spanned<String>>,
    /// What its container may use, over the config's.
    pub container_limits: Option<ContainerLimits>,
    /// Its config.
    pub config: Option<TaskConfig>,
    /// Params over the config's.
    pub params: Vec<Param>,
    /// Variables for the file.
    pub vars: Option<Node>,
    /// Tags of the workers that may run it.
    pub tags: Vec<Spanned<String>>,
    /// Artifacts by the names of the config's inputs.
    pub input_mapping: Vec<(Spanned<String>, Spanned<String>)>,
    /// Artifacts by the names of the config's outputs.
    pub output_mapping: Vec<(Spanned<String>, Spanned<String>)>,
    /// The artifact that is its image.
    pub image: Option<Spanned<String>>,
    /// How long it may take. Not looked at before it runs.
    pub timeout: Option<Spanned<String>>,
    /// Where the step stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

impl TaskStep {
    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Self {
        let key_span = entry.key.span;
        Self {
            name: step_name(decoder, "task", entry),
            privileged: exact::boolean(fields, decoder, "privileged"),
            hermetic: exact::boolean(fields, decoder, "hermetic"),
            file: exact::text(fields, decoder, "file").filter(|file| !file.is_empty()),
            container_limits: exact::with(fields, decoder, "container_limits", ContainerLimits::decode),
            config: exact::with(fields, decoder, "config", TaskConfig::decode_in),
            params: exact::with(fields, decoder, "params", |decoder, node| {
                Some(Param::decode_all(decoder, node))
            })
            .unwrap_or_default(),
            vars: exact::map(fields, decoder, "vars"),
            tags: exact::tags(fields, decoder),
            input_mapping: exact::text_map(fields, decoder, "input_mapping"),
            output_mapping: exact::text_map(fields, decoder, "output_mapping"),
            image: exact::text(fields, decoder, "image").filter(|image| !image.is_empty()),
            timeout: exact::text(fields, decoder, "timeout"),
            span: fields.span,
            key_span,
        }
    }
}
