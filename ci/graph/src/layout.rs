//! Where everything stands: columns by what comes before, and within a column near what it is connected with.

use std::collections::HashMap;

use crate::{Graph, NodeKind};

/// How often the columns are put in order again.
const ROUNDS: usize = 8;

/// The columns of a picture, each with its nodes from top to bottom.
pub(crate) struct Layout {
    pub(crate) columns: Vec<Vec<usize>>,
}

impl Layout {
    pub(crate) fn new(graph: &Graph) -> Self {
        let ranks = ranks(graph);
        let count = ranks.iter().max().map_or(0, |rank| rank + 1);
        let mut columns = vec![Vec::new(); count];
        for (node, rank) in ranks.iter().enumerate() {
            columns[*rank].push(node);
        }
        let mut layout = Self { columns };
        for _ in 0..ROUNDS {
            layout.order(graph, true);
            layout.order(graph, false);
        }
        layout
    }

    /// Moves nodes to the middle of those they are connected with in the columns on one side.
    fn order(&mut self, graph: &Graph, from_left: bool) {
        let mut places = self.places();
        let count = self.columns.len();
        let order: Vec<usize> = if from_left { (0..count).collect() } else { (0..count).rev().collect() };
        for column in order {
            let middle = |node: &usize| {
                let neighbours: Vec<usize> = if from_left {
                    graph.before(*node).map(|edge| edge.from).collect()
                } else {
                    graph.after(*node).map(|edge| edge.to).collect()
                };
                let known: Vec<f64> =
                    neighbours.iter().filter_map(|node| places.get(node).copied()).collect();
                if known.is_empty() { places[node] } else { mean(&known) }
            };
            let mut keyed: Vec<(f64, usize)> =
                self.columns[column].iter().map(|node| (middle(node), *node)).collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            self.columns[column] = keyed.into_iter().map(|(_, node)| node).collect();
            places = self.places();
        }
    }

    /// Returns the height of each node, its column centred.
    fn places(&self) -> HashMap<usize, f64> {
        let mut places = HashMap::new();
        for column in &self.columns {
            let top = -as_f64(column.len()) / 2.0;
            places.extend(column.iter().enumerate().map(|(row, node)| (*node, top + as_f64(row))));
        }
        places
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / as_f64(values.len())
}

#[expect(clippy::cast_precision_loss, reason = "counts of things in a picture are small")]
pub(crate) fn as_f64(count: usize) -> f64 {
    count as f64
}

/// Returns the column of each node: one right of the rightmost before it. Inputs stand just left of their
/// job. Ways in a circle, which Concourse refuses, are cut where they close.
fn ranks(graph: &Graph) -> Vec<usize> {
    let mut ranks = vec![0_usize; graph.nodes.len()];
    let mut waiting: Vec<usize> = (0..graph.nodes.len()).map(|node| graph.before(node).count()).collect();
    let mut ready: Vec<usize> = (0..graph.nodes.len()).filter(|node| waiting[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for edge in graph.after(node) {
            ranks[edge.to] = ranks[edge.to].max(ranks[node] + 1);
            waiting[edge.to] = waiting[edge.to].saturating_sub(1);
            if waiting[edge.to] == 0 {
                ready.push(edge.to);
            }
        }
    }
    for node in 0..graph.nodes.len() {
        if graph.nodes[node].kind == NodeKind::Input
            && let Some(nearest) = graph.after(node).map(|edge| ranks[edge.to]).min()
        {
            ranks[node] = nearest.saturating_sub(1);
        }
    }
    ranks
}
