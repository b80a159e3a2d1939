//! Where everything stands: columns by what comes before, and within a column near what it is connected with.

use crate::{Graph, NodeKind, Ways};

/// How often the columns are put in order again.
const ROUNDS: usize = 8;

/// The columns of a picture, each with its nodes from top to bottom.
pub(crate) struct Layout {
    pub(crate) columns: Vec<Vec<usize>>,
}

impl Layout {
    pub(crate) fn new(graph: &Graph) -> Self {
        let ways = graph.ways();
        let ranks = ranks(graph, &ways);
        let count = ranks.iter().max().map_or(0, |rank| rank + 1);
        let mut columns = vec![Vec::new(); count];
        for (node, rank) in ranks.iter().enumerate() {
            columns[*rank].push(node);
        }
        let mut layout = Self { columns };
        let mut heights = vec![0.0; graph.nodes.len()];
        layout.columns.iter().for_each(|column| set_heights(&mut heights, column));
        for _ in 0..ROUNDS {
            layout.order(&ways, &mut heights, true);
            layout.order(&ways, &mut heights, false);
        }
        layout
    }

    /// Moves nodes to the middle of those they are connected with in the columns on one side.
    fn order(&mut self, ways: &Ways<'_>, heights: &mut [f64], from_left: bool) {
        let count = self.columns.len();
        let order: Vec<usize> = if from_left { (0..count).collect() } else { (0..count).rev().collect() };
        for column in order {
            let middle = |node: usize| {
                let known: Vec<f64> = if from_left {
                    ways.before(node).iter().map(|edge| heights[edge.from]).collect()
                } else {
                    ways.after(node).iter().map(|edge| heights[edge.to]).collect()
                };
                if known.is_empty() { heights[node] } else { mean(&known) }
            };
            let mut keyed: Vec<(f64, usize)> =
                self.columns[column].iter().map(|node| (middle(*node), *node)).collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            self.columns[column] = keyed.into_iter().map(|(_, node)| node).collect();
            set_heights(heights, &self.columns[column]);
        }
    }
}

/// Sets the height of each node of a column, the column centred.
fn set_heights(heights: &mut [f64], column: &[usize]) {
    let top = -as_f64(column.len()) / 2.0;
    column.iter().enumerate().for_each(|(row, node)| heights[*node] = top + as_f64(row));
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
fn ranks(graph: &Graph, ways: &Ways<'_>) -> Vec<usize> {
    let mut ranks = vec![0_usize; graph.nodes.len()];
    let mut waiting: Vec<usize> = (0..graph.nodes.len()).map(|node| ways.before(node).len()).collect();
    let mut ready: Vec<usize> = (0..graph.nodes.len()).filter(|node| waiting[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for edge in ways.after(node) {
            ranks[edge.to] = ranks[edge.to].max(ranks[node] + 1);
            waiting[edge.to] = waiting[edge.to].saturating_sub(1);
            if waiting[edge.to] == 0 {
                ready.push(edge.to);
            }
        }
    }
    for node in 0..graph.nodes.len() {
        if graph.nodes[node].kind == NodeKind::Input
            && let Some(nearest) = ways.after(node).iter().map(|edge| ranks[edge.to]).min()
        {
            ranks[node] = nearest.saturating_sub(1);
        }
    }
    ranks
}
