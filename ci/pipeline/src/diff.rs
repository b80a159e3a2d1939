//! What differs between two pipelines, by job and resource instead of by line.

use crate::yaml::{Map, Node};

/// The lists of a pipeline whose items have names.
const NAMED: &[(&str, &str)] = &[
    ("groups", "group"),
    ("var_sources", "variable source"),
    ("resources", "resource"),
    ("resource_types", "resource type"),
    ("prototypes", "prototype"),
    ("jobs", "job"),
];

/// One thing of a pipeline that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What it is: `job`, `resource`, `display` and so on.
    pub kind: &'static str,
    /// Its name; empty for things that have none.
    pub name: String,
    /// How it differs.
    pub change: Change,
}

/// How a thing differs.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It had another name; `old_name` says so. There may be changes as well.
    Renamed {
        /// The name it had.
        from: String,
        /// What differs besides.
        values: Vec<ValueChange>,
    },
    /// It is the same thing with other values.
    Changed(Vec<ValueChange>),
    /// The same things are there in another order.
    Reordered,
}

/// A value that differs within a thing.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueChange {
    /// Where: `plan[1].config.params.MODE`.
    pub path: String,
    /// What it was; nothing when it is new.
    pub old: Option<Node>,
    /// What it is; nothing when it is gone.
    pub new: Option<Node>,
}

/// Compares two pipelines, variables filled in. Keys that pipelines do not have are left out, as the server
/// drops them; the order of keys does not count, that of jobs is told.
pub fn diff(old: Option<&Node>, new: Option<&Node>) -> Vec<Difference> {
    let empty = Map::new();
    let old = old.and_then(Node::as_map).unwrap_or(&empty);
    let new = new.and_then(Node::as_map).unwrap_or(&empty);
    let mut differences = Vec::new();
    for (section, kind) in NAMED {
        compare_lists(kind, items(old, section), items(new, section), &mut differences);
    }
    for section in ["display", "user_data"] {
        let mut values = Vec::new();
        compare_optional(String::new(), old.get(section), new.get(section), &mut values);
        if !values.is_empty() {
            differences.push(Difference {
                kind: section,
                name: String::new(),
                change: Change::Changed(values),
            });
        }
    }
    differences
}

fn items<'map>(pipeline: &'map Map, section: &str) -> &'map [Node] {
    pipeline.get(section).and_then(Node::as_list).unwrap_or_default()
}

fn name_of(item: &Node) -> &str {
    item.get("name").and_then(Node::as_str).unwrap_or_default()
}

fn compare_lists(kind: &'static str, old: &[Node], new: &[Node], differences: &mut Vec<Difference>) {
    let mut kept = Vec::new();
    for item in new {
        let name = name_of(item);
        let former = item.get("old_name").and_then(Node::as_str);
        let same = old.iter().find(|other| name_of(other) == name);
        let renamed = former.and_then(|former| old.iter().find(|other| name_of(other) == former));
        let change = match (same, renamed) {
            (Some(before), _) => {
                kept.push(name);
                let values = compare(before, item);
                (!values.is_empty()).then_some(Change::Changed(values))
            }
            (None, Some(before)) => {
                kept.push(name_of(before));
                let mut values = compare(before, item);
                values.retain(|value| value.path != "name" && value.path != "old_name");
                Some(Change::Renamed { from: name_of(before).into(), values })
            }
            (None, None) => Some(Change::Added),
        };
        differences.extend(change.map(|change| Difference { kind, name: name.into(), change }));
    }
    let gone = old.iter().map(name_of).filter(|name| !kept.contains(name));
    differences.extend(gone.map(|name| Difference { kind, name: name.into(), change: Change::Removed }));
    if is_reordered(old, &kept) {
        differences.push(Difference { kind, name: String::new(), change: Change::Reordered });
    }
}

/// Returns whether what is in both lists stands in another order in the new one.
fn is_reordered(old: &[Node], kept: &[&str]) -> bool {
    let before: Vec<&str> = old.iter().map(name_of).filter(|name| kept.contains(name)).collect();
    before != kept
}

fn compare(old: &Node, new: &Node) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    compare_values(String::new(), old, new, &mut changes);
    changes
}

fn compare_values(path: String, old: &Node, new: &Node, changes: &mut Vec<ValueChange>) {
    if old == new {
        return;
    }
    if let (Some(before), Some(after)) = (old.as_map(), new.as_map()) {
        compare_maps(&path, before, after, changes);
    } else if let (Some(before), Some(after)) = (old.as_list(), new.as_list()) {
        compare_items(&path, before, after, changes);
    } else {
        changes.push(ValueChange { path, old: Some(old.clone()), new: Some(new.clone()) });
    }
}

fn compare_maps(path: &str, old: &Map, new: &Map, changes: &mut Vec<ValueChange>) {
    let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for entry in old {
        compare_optional(within(entry.name()), Some(&entry.value), new.get(entry.name()), changes);
    }
    for entry in new.iter().filter(|entry| !old.contains(entry.name())) {
        compare_optional(within(entry.name()), None, Some(&entry.value), changes);
    }
}

/// Compares lists after what they have alike at both ends, so that one more step does not make all the
/// following ones differ.
fn compare_items(path: &str, old: &[Node], new: &[Node], changes: &mut Vec<ValueChange>) {
    let alike = |(one, other): &(&Node, &Node)| one == other;
    let start = old.iter().zip(new).take_while(alike).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(alike).count();
    let (old, new) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    for index in 0..old.len().max(new.len()) {
        compare_optional(format!("{path}[{}]", start + index), old.get(index), new.get(index), changes);
    }
}

fn compare_optional(path: String, old: Option<&Node>, new: Option<&Node>, changes: &mut Vec<ValueChange>) {
    match (old, new) {
        (Some(old), Some(new)) => compare_values(path, old, new, changes),
        (None, None) => {}
        (old, new) => changes.push(ValueChange { path, old: old.cloned(), new: new.cloned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;

    fn told(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (read(old).unwrap().root, read(new).unwrap().root);
        let text = |node: &Option<Node>| node.as_ref().map_or("-".into(), Node::to_compact_json);
        let mut lines = Vec::new();
        for difference in diff(old.as_ref(), new.as_ref()) {
            let Difference { kind, name, change } = difference;
            let (word, values) = match change {
                Change::Added => ("added".into(), Vec::new()),
                Change::Removed => ("removed".into(), Vec::new()),
                Change::Reordered => ("reordered".into(), Vec::new()),
                Change::Renamed { from, values } => (format!("was {from}"), values),
                Change::Changed(values) => ("changed".into(), values),
            };
            lines.push(format!("{kind} {name} {word}"));
            lines.extend(
                values
                    .iter()
                    .map(|value| format!("{} {} {}", value.path, text(&value.old), text(&value.new))),
            );
        }
        lines
    }

    #[test]
    fn things_are_matched_by_name() {
        let cases: &[(&str, &str, &str, &[&str])] = &[
            ("nothing", "{jobs: [{name: a, serial: yes}]}", "jobs: [{serial: true, name: a}]", &[]),
            ("unknown keys at the top", "x: 1", "z: 2", &[]),
            (
                "added and removed",
                "jobs: [{name: a}]",
                "jobs: [{name: b}]",
                &["job b added", "job a removed"],
            ),
            (
                "renamed",
                "jobs: [{name: a, serial: yes}]",
                "jobs: [{name: b, old_name: a}]",
                &["job b was a", "serial true -"],
            ),
            (
                "reordered",
                "jobs: [{name: a}, {name: b}]",
                "jobs: [{name: b}, {name: a}]",
                &["job  reordered"],
            ),
            (
                "value",
                "resources: [{name: r, source: {uri: a}}]",
                "resources: [{name: r, source: {uri: b, x: 1}}]",
                &["resource r changed", "source.uri \"a\" \"b\"", "source.x - 1"],
            ),
            (
                "step put in",
                "jobs: [{name: a, plan: [{get: x}, {put: z}]}]",
                "jobs: [{name: a, plan: [{get: x}, {get: q}, {put: z}]}]",
                &["job a changed", "plan[1] - {\"get\":\"q\"}"],
            ),
            (
                "display",
                "display: {background_image: a}",
                "",
                &["display  changed", " {\"background_image\":\"a\"} -"],
            ),
        ];
        for (case, old, new, expected) in cases {
            assert_eq!(told(old, new), *expected, "{case}");
        }
    }
}
