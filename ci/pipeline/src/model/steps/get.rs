//! `get`.

use super::step_name;
use crate::model::decode::{Decoder, Fields, describe};
use crate::model::exact;
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node, Value};

/// Fetches a version of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct GetStep {
    /// The step's name, and that of its artifact.
    pub name: Spanned<String>,
    /// The resource, where it is not the name.
    pub resource: Option<Spanned<String>>,
    /// Which version.
    pub version: Option<Spanned<VersionChoice>>,
    /// Params for the resource.
    pub params: Option<Node>,
    /// Globs of the jobs that the version must have passed.
    pub passed: Vec<Spanned<String>>,
    /// Whether a new version starts the job.
    pub trigger: Option<Spanned<bool>>,
    /// Tags of the workers that may run it.
    pub tags: Vec<Spanned<String>>,
    /// How long it may take. Not looked at before it runs.
    pub timeout: Option<Spanned<String>>,
    /// Where the step stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// Which version a get takes.
#[derive(Clone, Debug, PartialEq)]
pub enum VersionChoice {
    /// The newest.
    Latest,
    /// Each one.
    Every,
    /// The one with these fields.
    Pinned(Vec<(Spanned<String>, Spanned<String>)>),
    /// Some other word, which acts as the newest.
    Other(String),
}

impl GetStep {
    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Self {
        let key_span = entry.key.span;
        Self {
            name: step_name(decoder, "get", entry),
            resource: exact::text(fields, decoder, "resource"),
            version: exact::with(fields, decoder, "version", version),
            params: exact::map(fields, decoder, "params"),
            passed: exact::texts(fields, decoder, "passed"),
            trigger: exact::boolean(fields, decoder, "trigger"),
            tags: exact::tags(fields, decoder),
            timeout: exact::text(fields, decoder, "timeout"),
            span: fields.span,
            key_span,
        }
    }

    /// Returns the resource it gets.
    pub fn resource_name(&self) -> &str {
        self.resource.as_ref().filter(|name| !name.is_empty()).unwrap_or(&self.name)
    }

    /// Returns where the resource is named.
    pub fn resource_span(&self) -> Span {
        self.resource.as_ref().filter(|name| !name.is_empty()).unwrap_or(&self.name).span
    }

    /// Returns whether a new version starts the job.
    pub fn triggers(&self) -> bool {
        self.trigger.as_deref().copied().unwrap_or(false)
    }
}

fn version(decoder: &mut Decoder, node: Node) -> Option<Spanned<VersionChoice>> {
    let span = node.span;
    let choice = match node.value {
        Value::Null => return None,
        Value::String(text) => match text.as_str() {
            "latest" => VersionChoice::Latest,
            "every" => VersionChoice::Every,
            _ => VersionChoice::Other(text),
        },
        Value::Map(map) => {
            VersionChoice::Pinned(map.into_iter().filter_map(|entry| pinned(decoder, entry)).collect())
        }
        _ => {
            decoder.bad_value("unknown type for version", span);
            return None;
        }
    };
    Some(Spanned::new(choice, span))
}

fn pinned(decoder: &mut Decoder, entry: Entry) -> Option<(Spanned<String>, Spanned<String>)> {
    let (name, value) = entry.into_parts();
    match value.value {
        Value::String(text) => Some((name, Spanned::new(text, value.span))),
        _ => {
            let found = describe(&value);
            decoder.bad_value(format!("the value of {} is not a string, it is {found}", *name), value.span);
            None
        }
    }
}
