//! The whole.

use super::decode::Decoder;
use super::{Display, Group, Job, Mistake, Prototype, Resource, ResourceType, UnknownField, VarSource};
use crate::source::Span;
use crate::yaml::{Node, Value};

const KNOWN: &[&str] =
    &["groups", "var_sources", "resources", "resource_types", "prototypes", "jobs", "display", "user_data"];

/// A pipeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    /// Its jobs.
    pub jobs: Vec<Job>,
    /// Its resources.
    pub resources: Vec<Resource>,
    /// The types of resource it brings along.
    pub resource_types: Vec<ResourceType>,
    /// Its prototypes.
    pub prototypes: Vec<Prototype>,
    /// The tabs of its page.
    pub groups: Vec<Group>,
    /// Its sources of variables.
    pub var_sources: Vec<VarSource>,
    /// How its page looks.
    pub display: Option<Display>,
    /// Whatever its authors keep there.
    pub user_data: Option<Node>,
    /// Where it stands.
    pub span: Span,
}

/// What came of decoding.
#[derive(Clone, Debug)]
pub struct Decoded<T> {
    /// What could be decoded; parts with mistakes are missing or have their defaults.
    pub value: T,
    /// What Concourse would refuse.
    pub mistakes: Vec<Mistake>,
    /// Unknown keys that Concourse passes over in silence.
    pub ignored: Vec<UnknownField>,
    /// Unknown keys at the top, which `validate-pipeline --strict` refuses and all else passes over.
    pub unknown_top_level: Vec<UnknownField>,
}

impl Pipeline {
    /// Decodes a pipeline from a tree whose variables were filled in. Nothing at all is an empty pipeline.
    pub fn decode(root: Option<Node>) -> Decoded<Self> {
        let mut decoder = Decoder::coercing();
        let root = root.unwrap_or_else(|| Node::new(Value::Null, Span::default()));
        let (value, unknown_top_level) = decode_root(&mut decoder, root);
        let (mistakes, ignored) = decoder.finish();
        Decoded { value, mistakes, ignored, unknown_top_level }
    }

    /// Returns the resource of a name.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| *resource.name == name)
    }

    /// Returns the job of a name.
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| *job.name == name)
    }

    /// Returns the resource type of a name.
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.resource_types.iter().find(|resource_type| *resource_type.name == name)
    }
}

fn decode_root(decoder: &mut Decoder, root: Node) -> (Pipeline, Vec<UnknownField>) {
    let Some(mut fields) = decoder.fields(root) else { return Default::default() };
    let pipeline = Pipeline {
        jobs: fields.items(decoder, "jobs", Job::decode),
        resources: fields.items(decoder, "resources", Resource::decode),
        resource_types: fields.items(decoder, "resource_types", ResourceType::decode),
        prototypes: fields
            .items(decoder, "prototypes", |decoder, node| ResourceType::decode(decoder, node).map(Prototype)),
        groups: fields.items(decoder, "groups", Group::decode),
        var_sources: fields.items(decoder, "var_sources", VarSource::decode),
        display: fields
            .take("display")
            .and_then(|node| decoder.within("display", |decoder| Display::decode(decoder, node))),
        user_data: fields.take("user_data"),
        span: fields.span,
    };
    (pipeline, fields.leftovers(KNOWN))
}
