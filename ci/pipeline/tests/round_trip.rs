//! What is written reads back the same, whatever it is.

use pipeline::Span;
use pipeline::model::TaskConfig;
use pipeline::yaml::{self, Entry, Map, Node, Number, Value};

/// Text that YAML likes to take for something else.
const PIECES: &[&str] = &[
    "a",
    "yes",
    "n",
    "1",
    "0x1f",
    "1.0",
    "1e3",
    ":",
    ": ",
    " #",
    "#",
    "- ",
    "-",
    "?",
    "|",
    ">",
    "'",
    "\"",
    "\\",
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&",
    "*",
    "!",
    "%",
    "@",
    "`",
    "~",
    "<<",
    "=",
    "---",
    "...",
    "é",
    "😀",
    "\u{85}",
    "\u{2028}",
    "\u{1}",
    "\r",
    "((x))",
    "null",
    "2001-01-01",
    "1:30",
];

/// A small generator, so that a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn text(&mut self) -> String {
        (0..self.below(5)).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }

    fn node(&mut self, depth: usize) -> Node {
        let value = match self.below(if depth == 0 { 7 } else { 10 }) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 => Value::Number(Number::Int(i64::try_from(self.below(1 << 30)).unwrap() - (1 << 29))),
            3 => {
                Value::Number(Number::Float(f64::from(u32::try_from(self.below(1 << 20)).unwrap()) / 1024.0))
            }
            4..=6 => Value::String(self.text()),
            7 => Value::List((0..self.below(4)).map(|_| self.node(depth - 1)).collect()),
            _ => Value::Map(self.map(depth - 1)),
        };
        Node::new(value, Span::default())
    }

    fn map(&mut self, depth: usize) -> Map {
        // Two keys of the same name would be one; `<<` would merge.
        let count = self.below(4);
        (0..count).map(|index| Entry::new(format!("{}{index}", self.text()), self.node(depth))).collect()
    }
}

#[test]
fn trees_read_back_the_same() {
    let mut random = Random(7);
    for round in 0..5000 {
        let node = random.node(4);
        let written = yaml::write(&node);
        let back =
            yaml::read(&written).unwrap_or_else(|error| panic!("round {round}: {error} in\n{written}"));
        assert_eq!(back.root.as_ref(), Some(&node), "round {round}:\n{written}");
        assert!(back.duplicates.is_empty(), "round {round}:\n{written}");
    }
}

#[test]
fn sorting_changes_no_value() {
    let mut random = Random(11);
    for _ in 0..500 {
        let node = random.node(4);
        let mut sorted = node.clone();
        yaml::sort_keys(&mut sorted);
        assert_eq!(sorted, node);
    }
}

#[test]
fn task_configs_survive_the_way_to_a_tree_and_back() {
    let text = "platform: linux
image_resource: {type: registry-image, source: {repository: golang, tag: '1.26'}, params: {format: oci}, version: {digest: d}, tags: [a]}
container_limits: {cpu: 512, memory: 1GB}
params: {A: 1.10, B: yes, C: , D: {x: [1]}}
run: {path: sh, args: [-c, ls], dir: repo, user: nobody}
inputs: [{name: repo}, {name: cache, path: x, optional: true}]
outputs: [{name: out, path: z}]
caches: [{path: go, ttl: 24h}]
";
    let config = TaskConfig::decode(yaml::read(text).unwrap().root);
    assert!(config.mistakes.is_empty(), "{:?}", config.mistakes);
    let again = TaskConfig::decode(Some(config.value.to_node()));
    assert!(again.mistakes.is_empty(), "{:?}", again.mistakes);
    assert_eq!(again.value.to_node(), config.value.to_node());
    let params: Vec<&str> = config.value.params.iter().map(|param| param.value.as_str()).collect();
    assert_eq!(params, ["1.1", "true", "", r#"{"x":[1]}"#]);
}
