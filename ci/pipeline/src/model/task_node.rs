//! Task configs back into trees, for filling variables in.

use super::{Cache, ContainerLimits, Decoded, ImageResource, Input, Output, RunConfig, TaskConfig};
use crate::source::{Span, Spanned};
use crate::vars::{InterpolationError, Missing, Variables, interpolate};
use crate::yaml::{Entry, Map, Node, Number, Value};

impl TaskConfig {
    /// Fills variables in, everywhere in the config.
    ///
    /// Concourse does this twice for a task file: with the step's `vars`, leaving others alone, and just
    /// before it runs, with all required.
    ///
    /// # Errors
    /// A variable cannot be filled in.
    pub fn fill(
        &self,
        variables: &dyn Variables,
        missing: Missing,
    ) -> Result<Decoded<Self>, InterpolationError> {
        interpolate(self.to_node(), variables, missing).map(|node| Self::decode(Some(node)))
    }

    /// Returns the config as a tree, unknown fields left out.
    pub fn to_node(&self) -> Node {
        let mut map = Builder::default();
        map.text("platform", self.platform.as_ref());
        map.text("rootfs_uri", self.rootfs_uri.as_ref());
        map.node("image_resource", self.image_resource.as_ref().map(image_node));
        map.node("container_limits", self.container_limits.as_ref().map(limits_node));
        map.pairs("params", self.params.iter().map(|param| (&param.name, &param.value)));
        map.node("run", self.run.as_ref().map(run_node));
        map.list("inputs", self.inputs.iter().map(input_node));
        map.list("outputs", self.outputs.iter().map(output_node));
        map.list("caches", self.caches.iter().map(cache_node));
        map.build(self.span)
    }
}

/// A map that leaves out what is not there.
#[derive(Default)]
struct Builder {
    map: Map,
}

impl Builder {
    fn node(&mut self, name: &str, node: Option<Node>) {
        if let Some(node) = node {
            self.map.insert(Entry::new(name, node));
        }
    }

    fn text(&mut self, name: &str, text: Option<&Spanned<String>>) {
        self.node(name, text.map(text_node));
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = Node>) {
        let items: Vec<Node> = items.collect();
        let span = items.first().map(|item| item.span).unwrap_or_default();
        self.node(name, (!items.is_empty()).then(|| Node::new(Value::List(items), span)));
    }

    fn pairs<'pair>(
        &mut self,
        name: &str,
        pairs: impl Iterator<Item = (&'pair Spanned<String>, &'pair Spanned<String>)>,
    ) {
        let map: Map = pairs.map(|(name, value)| Entry::new(name.as_str(), text_node(value))).collect();
        let span = map.iter().next().map(|entry| entry.value.span).unwrap_or_default();
        self.node(name, (!map.is_empty()).then(|| Node::new(Value::Map(map), span)));
    }

    fn build(self, span: Span) -> Node {
        Node::new(Value::Map(self.map), span)
    }
}

fn text_node(text: &Spanned<String>) -> Node {
    Node::string(text.value.clone(), text.span)
}

fn number_node(number: &Spanned<u64>) -> Node {
    let value = i64::try_from(number.value).map_or(Number::Uint(number.value), Number::Int);
    Node::new(Value::Number(value), number.span)
}

fn image_node(image: &ImageResource) -> Node {
    let mut map = Builder::default();
    map.text("name", image.name.as_ref());
    map.text("type", Some(&image.kind));
    map.node("source", image.source.clone());
    map.pairs("version", image.version.iter().flatten().map(|(name, value)| (name, value)));
    map.node("params", image.params.clone());
    map.list("tags", image.tags.iter().map(text_node));
    map.build(image.span)
}

fn limits_node(limits: &ContainerLimits) -> Node {
    let mut map = Builder::default();
    map.node("cpu", limits.cpu.as_ref().map(number_node));
    map.node("memory", limits.memory.as_ref().map(number_node));
    map.build(limits.span)
}

fn run_node(run: &RunConfig) -> Node {
    let mut map = Builder::default();
    map.text("path", run.path.as_ref());
    map.list("args", run.args.iter().map(text_node));
    map.text("dir", run.dir.as_ref());
    map.text("user", run.user.as_ref());
    map.build(run.span)
}

fn input_node(input: &Input) -> Node {
    let mut map = Builder::default();
    map.text("name", Some(&input.name));
    map.text("path", input.path.as_ref());
    let optional = input.optional.as_ref();
    map.node("optional", optional.map(|optional| Node::new(Value::Bool(optional.value), optional.span)));
    map.build(input.span)
}

fn output_node(output: &Output) -> Node {
    let mut map = Builder::default();
    map.text("name", Some(&output.name));
    map.text("path", output.path.as_ref());
    map.build(output.span)
}

fn cache_node(cache: &Cache) -> Node {
    let mut map = Builder::default();
    map.text("path", cache.path.as_ref());
    map.text("ttl", cache.ttl.as_ref());
    map.build(cache.span)
}
