//! DOT, for Graphviz.

use pipeline::visible_line;

use crate::{Graph, NodeKind};

/// Writes a graph in DOT.
pub fn to_dot(graph: &Graph) -> String {
    let mut text = String::from("digraph pipeline {\n  rankdir=LR;\n  node [fontname=\"monospace\"];\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        let shape = match node.kind {
            NodeKind::Job => "box, style=filled, fillcolor=\"#d0d0d0\"",
            NodeKind::Input | NodeKind::Passed => "ellipse",
            NodeKind::Output => "cylinder",
        };
        text.push_str(&format!("  n{index} [label={}, shape={shape}];\n", quoted(&node.name)));
    }
    for edge in &graph.edges {
        let style = if edge.triggers { "" } else { " [style=dashed]" };
        text.push_str(&format!("  n{} -> n{}{style};\n", edge.from, edge.to));
    }
    text.push_str("}\n");
    text
}

fn quoted(name: &str) -> String {
    let escaped = visible_line(name).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
