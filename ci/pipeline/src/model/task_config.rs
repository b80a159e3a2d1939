//! A task's config, in a pipeline or a file of its own.

use super::decode::{Decoder, Fields, Leftovers};
use super::{ContainerLimits, Decoded, UnknownField, exact, parse_duration};
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node, Value};

const KNOWN: &[&str] = &[
    "platform",
    "rootfs_uri",
    "image_resource",
    "container_limits",
    "params",
    "run",
    "inputs",
    "outputs",
    "caches",
];
const IMAGE_FIELDS: &[&str] = &["name", "type", "source", "version", "params", "tags"];
const RUN_FIELDS: &[&str] = &["path", "args", "dir", "user"];
const INPUT_FIELDS: &[&str] = &["name", "path", "optional"];
const OUTPUT_FIELDS: &[&str] = &["name", "path"];
const CACHE_FIELDS: &[&str] = &["path", "ttl"];

/// What a task runs, on what, with what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskConfig {
    /// The platform it runs on.
    pub platform: Option<Spanned<String>>,
    /// An image by URI.
    pub rootfs_uri: Option<Spanned<String>>,
    /// An image by resource.
    pub image_resource: Option<ImageResource>,
    /// What its container may use.
    pub container_limits: Option<ContainerLimits>,
    /// Its environment.
    pub params: Vec<Param>,
    /// Its command.
    pub run: Option<RunConfig>,
    /// The artifacts it needs.
    pub inputs: Vec<Input>,
    /// The artifacts it makes.
    pub outputs: Vec<Output>,
    /// Folders that stay from build to build.
    pub caches: Vec<Cache>,
    /// Keys that a task config does not have; validation refuses them.
    pub unknown_fields: Vec<UnknownField>,
    /// Where the config stands.
    pub span: Span,
}

/// The image of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageResource {
    /// A name for messages.
    pub name: Option<Spanned<String>>,
    /// The resource type that fetches it; empty when missing.
    pub kind: Spanned<String>,
    /// Where it is.
    pub source: Option<Node>,
    /// A fixed version, field by field.
    pub version: Option<Vec<(Spanned<String>, Spanned<String>)>>,
    /// Params of its get.
    pub params: Option<Node>,
    /// Tags of the workers that fetch it.
    pub tags: Vec<Spanned<String>>,
    /// Where the image stands.
    pub span: Span,
}

/// A variable of a task's environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value, made text.
    pub value: Spanned<String>,
    /// Whether it was written without a value, or as null.
    pub is_null: bool,
}

/// A task's command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunConfig {
    /// The executable; the image's own entry point when missing.
    pub path: Option<Spanned<String>>,
    /// Its arguments.
    pub args: Vec<Spanned<String>>,
    /// The folder it runs in.
    pub dir: Option<Spanned<String>>,
    /// The user it runs as.
    pub user: Option<Spanned<String>>,
    /// Where the command stands.
    pub span: Span,
}

/// An artifact that a task needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The artifact; empty when missing.
    pub name: Spanned<String>,
    /// Where the task finds it, if not under its name.
    pub path: Option<Spanned<String>>,
    /// Whether it may be missing.
    pub optional: Option<Spanned<bool>>,
    /// Where the input stands.
    pub span: Span,
}

/// An artifact that a task makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The artifact; empty when missing.
    pub name: Spanned<String>,
    /// Where the task leaves it, if not under its name.
    pub path: Option<Spanned<String>>,
    /// Where the output stands.
    pub span: Span,
}

/// A folder that stays from build to build.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    /// The folder.
    pub path: Option<Spanned<String>>,
    /// How long it stays unused.
    pub ttl: Option<Spanned<String>>,
    /// Where the cache stands.
    pub span: Span,
}

impl TaskConfig {
    /// Decodes a task file. Nothing at all is an empty config.
    pub fn decode(root: Option<Node>) -> Decoded<Self> {
        let mut decoder = Decoder::default();
        let root = root.unwrap_or_else(|| Node::new(Value::Null, Span::default()));
        let value = Self::decode_fields(&mut decoder, root).unwrap_or_default();
        let (mistakes, ignored) = decoder.finish();
        Decoded { value, mistakes, ignored, unknown_top_level: Vec::new() }
    }

    pub(super) fn decode_in(decoder: &mut Decoder, node: Node) -> Option<Self> {
        if node.is_null() {
            return None;
        }
        Self::decode_fields(decoder, node)
    }

    fn decode_fields(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let span = fields.span;
        let mut config = Self {
            platform: exact::text(&mut fields, decoder, "platform"),
            rootfs_uri: exact::text(&mut fields, decoder, "rootfs_uri"),
            image_resource: exact::with(&mut fields, decoder, "image_resource", ImageResource::decode),
            container_limits: exact::with(&mut fields, decoder, "container_limits", ContainerLimits::decode),
            params: exact::with(&mut fields, decoder, "params", |decoder, node| {
                Some(Param::decode_all(decoder, node))
            })
            .unwrap_or_default(),
            run: exact::with(&mut fields, decoder, "run", RunConfig::decode),
            inputs: exact::items(&mut fields, decoder, "inputs", Input::decode),
            outputs: exact::items(&mut fields, decoder, "outputs", Output::decode),
            caches: exact::items(&mut fields, decoder, "caches", Cache::decode),
            unknown_fields: Vec::new(),
            span,
        };
        config.unknown_fields = fields.leftovers(KNOWN);
        if config.platform.is_none() {
            config.platform = config.platform_in_other_case();
        }
        Some(config)
    }

    /// `Platform:` is unknown to Concourse and yet sets the platform.
    fn platform_in_other_case(&self) -> Option<Spanned<String>> {
        let field = self.unknown_fields.iter().find(|field| field.name.eq_ignore_ascii_case("platform"))?;
        field.value.as_str().map(|platform| Spanned::new(platform.into(), field.value.span))
    }

    /// Returns what Concourse finds wrong with the config, in its words and order, each with its place.
    pub fn problems(&self) -> Vec<(String, Span)> {
        let mut problems = Vec::new();
        if self.platform.as_ref().is_none_or(|platform| platform.is_empty()) {
            problems.push(("missing 'platform'".into(), self.span));
        }
        for (index, input) in self.inputs.iter().enumerate().filter(|(_, input)| input.name.is_empty()) {
            problems.push((format!("  input in position {index} is missing a name"), input.span));
        }
        for (index, output) in self.outputs.iter().enumerate().filter(|(_, output)| output.name.is_empty()) {
            problems.push((format!("  output in position {index} is missing a name"), output.span));
        }
        problems
    }

    /// Returns whether the config names an image.
    pub fn has_image(&self) -> bool {
        self.image_resource.is_some() || self.rootfs_uri.as_ref().is_some_and(|uri| !uri.is_empty())
    }
}

impl ImageResource {
    fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        if node.is_null() {
            return None;
        }
        let mut fields = decoder.fields(node)?;
        let image = Self {
            name: fields.text(decoder, "name"),
            kind: fields.required_text(decoder, "type"),
            source: fields.any_map(decoder, "source"),
            version: version(decoder, &mut fields),
            params: fields.any_map(decoder, "params"),
            tags: fields.tags(decoder),
            span: fields.span,
        };
        fields.finish(decoder, IMAGE_FIELDS, Leftovers::Ignore);
        Some(image)
    }
}

fn version(decoder: &mut Decoder, fields: &mut Fields) -> Option<Vec<(Spanned<String>, Spanned<String>)>> {
    let node = fields.take("version").filter(|node| !node.is_null())?;
    Some(decoder.within("version", |decoder| decoder.text_map(node)))
}

impl Param {
    pub(super) fn decode_all(decoder: &mut Decoder, node: Node) -> Vec<Self> {
        match node.value {
            Value::Map(map) => map.into_iter().map(Self::from_entry).collect(),
            Value::Null => Vec::new(),
            _ => {
                decoder.wrong_type("a map", &node);
                Vec::new()
            }
        }
    }

    fn from_entry(entry: Entry) -> Self {
        let (name, value) = entry.into_parts();
        Self { name, value: Spanned::new(value.to_env_text(), value.span), is_null: value.is_null() }
    }
}

impl RunConfig {
    fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        if node.is_null() {
            return None;
        }
        let mut fields = decoder.fields(node)?;
        let run = Self {
            path: fields.text(decoder, "path").filter(|path| !path.is_empty()),
            args: fields.texts(decoder, "args"),
            dir: fields.text(decoder, "dir"),
            user: fields.text(decoder, "user"),
            span: fields.span,
        };
        fields.finish(decoder, RUN_FIELDS, Leftovers::Ignore);
        Some(run)
    }
}

impl Input {
    fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let input = Self {
            name: fields.required_text(decoder, "name"),
            path: fields.text(decoder, "path"),
            optional: fields.boolean(decoder, "optional"),
            span: fields.span,
        };
        fields.finish(decoder, INPUT_FIELDS, Leftovers::Ignore);
        Some(input)
    }

    /// Returns whether the task runs without it.
    pub fn is_optional(&self) -> bool {
        self.optional.as_deref().copied().unwrap_or(false)
    }
}

impl Output {
    fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let output = Self {
            name: fields.required_text(decoder, "name"),
            path: fields.text(decoder, "path"),
            span: fields.span,
        };
        fields.finish(decoder, OUTPUT_FIELDS, Leftovers::Ignore);
        Some(output)
    }
}

impl Cache {
    fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let cache = Self {
            path: fields.text(decoder, "path"),
            ttl: fields.text(decoder, "ttl").filter(|ttl| !ttl.is_empty()),
            span: fields.span,
        };
        fields.finish(decoder, CACHE_FIELDS, Leftovers::Ignore);
        cache.check_ttl(decoder);
        Some(cache)
    }

    fn check_ttl(&self, decoder: &mut Decoder) {
        let Some(ttl) = &self.ttl else { return };
        match parse_duration(ttl) {
            Ok(duration) if duration.as_secs() >= 1 => {}
            Ok(_) => {
                decoder.bad_value(format!("cache ttl must be at least 1s, got '{}'", ttl.value), ttl.span)
            }
            Err(error) => decoder.bad_value(format!("invalid cache ttl '{}': {error}", ttl.value), ttl.span),
        }
    }
}
