//! `put`.

use super::step_name;
use crate::model::decode::{Decoder, Fields, describe};
use crate::model::exact;
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node, Value};

/// Makes a version of a resource, then fetches it.
#[derive(Clone, Debug, PartialEq)]
pub struct PutStep {
    /// The step's name, and that of its artifact.
    pub name: Spanned<String>,
    /// The resource, where it is not the name.
    pub resource: Option<Spanned<String>>,
    /// Params for the resource.
    pub params: Option<Node>,
    /// Which artifacts it sees; those that its params name, by default.
    pub inputs: Option<Spanned<Inputs>>,
    /// Tags of the workers that may run it.
    pub tags: Vec<Spanned<String>>,
    /// Params for the get that follows.
    pub get_params: Option<Node>,
    /// Whether no get follows.
    pub no_get: Option<Spanned<bool>>,
    /// How long it may take. Not looked at before it runs.
    pub timeout: Option<Spanned<String>>,
    /// Where the step stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// Which artifacts a put sees.
#[derive(Clone, Debug, PartialEq)]
pub enum Inputs {
    /// All of the build.
    All,
    /// Those that its params name.
    Detect,
    /// These.
    Specified(Vec<Spanned<String>>),
    /// Some other word, which gives it none.
    Other(String),
}

impl PutStep {
    pub(in crate::model) fn decode(decoder: &mut Decoder, entry: Entry, fields: &mut Fields) -> Self {
        let key_span = entry.key.span;
        Self {
            name: step_name(decoder, "put", entry),
            resource: exact::text(fields, decoder, "resource"),
            params: exact::map(fields, decoder, "params"),
            inputs: exact::with(fields, decoder, "inputs", inputs),
            tags: exact::tags(fields, decoder),
            get_params: exact::map(fields, decoder, "get_params"),
            no_get: exact::boolean(fields, decoder, "no_get"),
            timeout: exact::text(fields, decoder, "timeout"),
            span: fields.span,
            key_span,
        }
    }

    /// Returns the resource it puts to.
    pub fn resource_name(&self) -> &str {
        self.resource.as_ref().filter(|name| !name.is_empty()).unwrap_or(&self.name)
    }

    /// Returns where the resource is named.
    pub fn resource_span(&self) -> Span {
        self.resource.as_ref().filter(|name| !name.is_empty()).unwrap_or(&self.name).span
    }

    /// Returns whether a get follows.
    pub fn gets(&self) -> bool {
        !self.no_get.as_deref().copied().unwrap_or(false)
    }

    /// Returns the names of artifacts that Concourse finds in the params, variables not filled in: of
    /// every text the first part of its path that is not `.` or `..`.
    pub fn detected_inputs(&self) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(params) = &self.params {
            params.walk(&mut |node| {
                let first = node.as_str().and_then(first_segment);
                if let Some(name) = first
                    && !names.iter().any(|known| known == name)
                {
                    names.push(name.to_owned());
                }
            });
        }
        names
    }
}

/// Returns the first part of a path; nothing when it starts with a slash.
fn first_segment(path: &str) -> Option<&str> {
    if path.starts_with('/') {
        return None;
    }
    path.split('/').find(|segment| !matches!(*segment, "." | "..")).filter(|segment| !segment.is_empty())
}

fn inputs(decoder: &mut Decoder, node: Node) -> Option<Spanned<Inputs>> {
    let span = node.span;
    let inputs = match node.value {
        Value::Null => return None,
        Value::String(text) => match text.as_str() {
            "all" => Inputs::All,
            "detect" => Inputs::Detect,
            _ => Inputs::Other(text),
        },
        Value::List(items) => {
            Inputs::Specified(items.into_iter().filter_map(|item| specified(decoder, &item)).collect())
        }
        _ => {
            decoder.bad_value("unknown type for put inputs", span);
            return None;
        }
    };
    Some(Spanned::new(inputs, span))
}

fn specified(decoder: &mut Decoder, item: &Node) -> Option<Spanned<String>> {
    match item.as_str() {
        Some(name) => Some(Spanned::new(name.trim().into(), item.span)),
        None => {
            decoder.bad_value(format!("non-string put input: {}", describe(item)), item.span);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_detected_in_paths() {
        let cases = [
            ("image/image.tar", Some("image")),
            ("image", Some("image")),
            ("./out/x", Some("out")),
            ("../out/x", Some("out")),
            ("/abs/x", None),
            ("((dir))/x", Some("((dir))")),
            (".", None),
            ("", None),
        ];
        for (path, name) in cases {
            assert_eq!(first_segment(path), name, "{path}");
        }
    }
}
