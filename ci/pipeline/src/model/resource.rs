//! `resources`, `resource_types` and `prototypes`.

use std::time::Duration;

use super::decode::{Decoder, Fields, Leftovers};
use super::parse_duration;
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value};

const RESOURCE_FIELDS: &[&str] = &[
    "name",
    "old_name",
    "public",
    "webhook_token",
    "type",
    "source",
    "check_every",
    "check_timeout",
    "tags",
    "version",
    "icon",
    "expose_build_created_by",
];
const TYPE_FIELDS: &[&str] =
    &["name", "type", "source", "defaults", "privileged", "check_every", "tags", "params"];

/// Something outside that has versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name; empty when missing.
    pub name: Spanned<String>,
    /// Its type; empty when missing.
    pub kind: Spanned<String>,
    /// The settings that every step of it gets.
    pub source: Option<Node>,
    /// The name it had before.
    pub old_name: Option<Spanned<String>>,
    /// Whether everybody may see its versions.
    pub public: Option<Spanned<bool>>,
    /// What a webhook must bring along.
    pub webhook_token: Option<Spanned<String>>,
    /// How often it is checked.
    pub check_every: Option<Spanned<CheckEvery>>,
    /// How long a check may take. Not looked at before it runs.
    pub check_timeout: Option<Spanned<String>>,
    /// Tags of the workers that may run its steps.
    pub tags: Vec<Spanned<String>>,
    /// The version it is pinned to, field by field.
    pub version: Option<Vec<(Spanned<String>, Spanned<String>)>>,
    /// The icon on the pipeline's page.
    pub icon: Option<Spanned<String>>,
    /// Whether its steps see who started the build.
    pub expose_build_created_by: Option<Spanned<bool>>,
    /// Where the resource stands.
    pub span: Span,
}

/// A kind of resource that the pipeline brings along.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceType {
    /// Its name; empty when missing.
    pub name: Spanned<String>,
    /// The type of its own image; empty when missing.
    pub kind: Spanned<String>,
    /// Where its image is.
    pub source: Option<Node>,
    /// Settings that resources of this type start from.
    pub defaults: Option<Node>,
    /// Whether its containers are privileged.
    pub privileged: Option<Spanned<bool>>,
    /// How often its image is checked.
    pub check_every: Option<Spanned<CheckEvery>>,
    /// Tags of the workers that fetch its image.
    pub tags: Vec<Spanned<String>>,
    /// Params of the get that fetches its image.
    pub params: Option<Node>,
    /// Where the type stands.
    pub span: Span,
}

/// A prototype, whose fields are those of a resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct Prototype(pub ResourceType);

/// How often something is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckEvery {
    /// Only by webhooks and by hand.
    Never,
    /// After this long; zero means the default.
    Interval(Duration),
}

impl Resource {
    pub(super) fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let resource = Self {
            name: fields.required_text(decoder, "name"),
            kind: fields.required_text(decoder, "type"),
            source: fields.any_map(decoder, "source"),
            old_name: fields.text(decoder, "old_name"),
            public: fields.boolean(decoder, "public"),
            webhook_token: fields.text(decoder, "webhook_token"),
            check_every: check_every(decoder, &mut fields),
            check_timeout: fields.text(decoder, "check_timeout"),
            tags: fields.tags(decoder),
            version: pinned_version(decoder, &mut fields),
            icon: fields.text(decoder, "icon"),
            expose_build_created_by: fields.boolean(decoder, "expose_build_created_by"),
            span: fields.span,
        };
        fields.finish(decoder, RESOURCE_FIELDS, Leftovers::Refuse);
        Some(resource)
    }
}

impl ResourceType {
    pub(super) fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let resource_type = Self {
            name: fields.required_text(decoder, "name"),
            kind: fields.required_text(decoder, "type"),
            source: fields.any_map(decoder, "source"),
            defaults: fields.any_map(decoder, "defaults"),
            privileged: fields.boolean(decoder, "privileged"),
            check_every: check_every(decoder, &mut fields),
            tags: fields.tags(decoder),
            params: fields.any_map(decoder, "params"),
            span: fields.span,
        };
        fields.finish(decoder, TYPE_FIELDS, Leftovers::Refuse);
        Some(resource_type)
    }
}

fn pinned_version(
    decoder: &mut Decoder,
    fields: &mut Fields,
) -> Option<Vec<(Spanned<String>, Spanned<String>)>> {
    let node = fields.take("version")?;
    if node.is_null() {
        return None;
    }
    Some(decoder.within("version", |decoder| decoder.text_map(node)))
}

fn check_every(decoder: &mut Decoder, fields: &mut Fields) -> Option<Spanned<CheckEvery>> {
    let node = fields.take("check_every")?;
    decoder.within("check_every", |decoder| match &node.value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => {
            Some(Spanned::new(CheckEvery::Interval(Duration::ZERO), node.span))
        }
        Value::String(text) if text == "never" => Some(Spanned::new(CheckEvery::Never, node.span)),
        Value::String(text) => match parse_duration(text) {
            Ok(interval) => Some(Spanned::new(CheckEvery::Interval(interval), node.span)),
            Err(error) => {
                decoder.bad_value(error.to_string(), node.span);
                None
            }
        },
        _ => {
            decoder.bad_value("non-string value provided", node.span);
            None
        }
    })
}
