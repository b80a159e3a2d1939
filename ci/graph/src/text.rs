//! Text for the terminal: the jobs in the order in which versions come to them, with what goes in and out.

use crate::layout::Layout;
use crate::{Edge, Graph, NodeKind};

/// Writes a graph as lines. `●` marks what starts the job by itself, `○` what waits for something else.
pub fn to_text(graph: &Graph) -> String {
    let layout = Layout::new(graph);
    let mut text = String::new();
    for node in layout.columns.iter().flatten().filter(|node| graph.nodes[**node].kind == NodeKind::Job) {
        text.push_str(&shown(&graph.nodes[*node].name));
        text.push('\n');
        for edge in graph.before(*node) {
            text.push_str(&format!("  {} {}\n", if edge.triggers { '●' } else { '○' }, input(graph, edge)));
        }
        for edge in graph.after(*node).filter(|edge| graph.nodes[edge.to].kind == NodeKind::Output) {
            text.push_str(&format!("  → {}\n", shown(&graph.nodes[edge.to].name)));
        }
    }
    if !text.is_empty() {
        text.push_str("\n● starts the job   ○ does not   → put\n");
    }
    text
}

fn input(graph: &Graph, edge: &Edge) -> String {
    let name = shown(&graph.nodes[edge.from].name);
    let upstream: Vec<String> =
        graph.before(edge.from).map(|edge| shown(&graph.nodes[edge.from].name)).collect();
    if upstream.is_empty() { name } else { format!("{name}, passed {}", upstream.join(", ")) }
}

/// Shows a name; control characters could move the cursor.
fn shown(name: &str) -> String {
    name.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
