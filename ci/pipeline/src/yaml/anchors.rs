//! Anchors and what their aliases cost.

use std::collections::HashMap;

use super::{Map, Node, Origin, ReadError, Value};
use crate::source::Span;

/// Up to this many nodes, 99 in 100 may come from aliases.
const RATIO_RANGE_LOW: usize = 400_000;
/// From this many nodes on, only one in ten may.
const RATIO_RANGE_HIGH: usize = 4_000_000;

/// The anchors of a document so far.
#[derive(Default)]
pub(super) struct Anchors {
    by_id: HashMap<usize, Anchored>,
    nodes: usize,
    aliased: usize,
}

/// What an anchor stands for, once it is complete.
struct Anchored {
    node: Node,
    size: usize,
    depth: usize,
}

/// A node that an alias put in, and how many levels it has.
pub(super) struct Expansion {
    pub(super) node: Node,
    pub(super) size: usize,
    pub(super) depth: usize,
}

impl Anchors {
    /// Keeps a copy of a complete node. An anchor defined again replaces the earlier one.
    pub(super) fn define(&mut self, id: usize, node: &Node, size: usize, depth: usize) {
        self.by_id.insert(id, Anchored { node: node.clone(), size, depth });
    }

    /// Counts nodes that were written out.
    pub(super) fn count_written(&mut self, nodes: usize) {
        self.nodes += nodes;
    }

    /// Returns how many nodes the document has so far.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// Returns a copy of what an alias stands for.
    pub(super) fn expand(&mut self, id: usize, alias: Span, name: &str) -> Result<Expansion, ReadError> {
        let Some(anchored) = self.by_id.get(&id) else {
            return Err(ReadError::new(format!("anchor '{name}' value contains itself"), alias));
        };
        self.nodes += anchored.size;
        self.aliased += anchored.size;
        if self.is_excessive() {
            return Err(ReadError::new("document contains excessive aliasing", alias));
        }
        let mut node = anchored.node.clone();
        mark_alias(&mut node);
        Ok(Expansion { node, size: anchored.size, depth: anchored.depth })
    }

    /// go-yaml's own rule against texts that blow up when their aliases are expanded.
    fn is_excessive(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a ratio of counts far below 2^52")]
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        let above = self.nodes.saturating_sub(RATIO_RANGE_LOW);
        let allowed = (0.99 - 0.89 * share(above, RATIO_RANGE_HIGH - RATIO_RANGE_LOW)).max(0.10);
        self.aliased > 100 && self.nodes > 1000 && share(self.aliased, self.nodes) > allowed
    }
}

/// Marks a copied tree, so that a reader knows that its text stands elsewhere.
pub(super) fn mark_alias(node: &mut Node) {
    node.origin = Origin::Alias;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(mark_alias),
        Value::Map(map) => map.iter_mut().for_each(|entry| mark_alias(&mut entry.value)),
        _ => {}
    }
}

/// Puts the entries of `<<` into a map. As in go-yaml 2 they replace keys written before them; a list
/// of maps is applied from its end, so that earlier ones win.
pub(crate) fn merge(map: &mut Map, value: Node) -> Result<(), ReadError> {
    let span = value.span;
    match value.value {
        Value::Map(from) => merge_map(map, from),
        Value::List(items) => {
            for item in items.into_iter().rev() {
                let span = item.span;
                let Value::Map(from) = item.value else { return Err(not_a_map(span)) };
                merge_map(map, from);
            }
        }
        _ => return Err(not_a_map(span)),
    }
    Ok(())
}

fn merge_map(map: &mut Map, from: Map) {
    for mut entry in from {
        mark_alias(&mut entry.value);
        map.insert(entry);
    }
}

/// The error for a `<<` whose value cannot be merged.
pub(super) fn not_a_map(span: Span) -> ReadError {
    ReadError::new("map merge requires map or sequence of maps as the value", span)
}
