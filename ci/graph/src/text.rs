//! Text for the terminal: the jobs in the order in which versions come to them, with what goes in and out.

use pipeline::visible_line;

use crate::layout::Layout;
use crate::{Edge, Graph, NodeKind, Ways};

/// Writes a graph as lines. `●` marks what starts the job by itself, `○` what waits for something else.
pub fn to_text(graph: &Graph) -> String {
    let layout = Layout::new(graph);
    let ways = graph.ways();
    let mut text = String::new();
    for node in layout.columns.iter().flatten().filter(|node| graph.nodes[**node].kind == NodeKind::Job) {
        text.push_str(&visible_line(&graph.nodes[*node].name));
        text.push('\n');
        for edge in ways.before(*node) {
            text.push_str(&format!(
                "  {} {}\n",
                if edge.triggers { '●' } else { '○' },
                input(graph, &ways, edge)
            ));
        }
        for edge in ways.after(*node).iter().filter(|edge| graph.nodes[edge.to].kind == NodeKind::Output) {
            text.push_str(&format!("  → {}\n", visible_line(&graph.nodes[edge.to].name)));
        }
    }
    if !text.is_empty() {
        text.push_str("\n● starts the job   ○ does not   → put\n");
    }
    text
}

fn input(graph: &Graph, ways: &Ways<'_>, edge: &Edge) -> String {
    let name = visible_line(&graph.nodes[edge.from].name);
    let upstream: Vec<String> =
        ways.before(edge.from).iter().map(|edge| visible_line(&graph.nodes[edge.from].name)).collect();
    if upstream.is_empty() { name } else { format!("{name}, passed {}", upstream.join(", ")) }
}
