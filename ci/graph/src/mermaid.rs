//! Mermaid, which GitHub and many wikis draw.

use crate::{Graph, NodeKind};

/// Writes a graph as a Mermaid flowchart.
pub fn to_mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        let name = escaped(&node.name);
        let (open, close) = match node.kind {
            NodeKind::Job => ("[", "]"),
            NodeKind::Input | NodeKind::Passed => ("([", "])"),
            NodeKind::Output => ("[(", ")]"),
        };
        text.push_str(&format!("    n{index}{open}\"{name}\"{close}\n"));
    }
    for edge in &graph.edges {
        let arrow = if edge.triggers { "-->" } else { "-.->" };
        text.push_str(&format!("    n{} {arrow} n{}\n", edge.from, edge.to));
    }
    let jobs: Vec<String> = (0..graph.nodes.len())
        .filter(|index| graph.nodes[*index].kind == NodeKind::Job)
        .map(|index| format!("n{index}"))
        .collect();
    if !jobs.is_empty() {
        text.push_str("    classDef job fill:#3d3c3c,stroke:#5c5c5c,color:#e6e7e8\n");
        text.push_str(&format!("    class {} job\n", jobs.join(",")));
    }
    text
}

fn escaped(name: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || " -_./".contains(character);
    name.chars().fold(String::new(), |mut text, character| {
        if plain(character) {
            text.push(character)
        } else {
            text.push_str(&format!("#{};", u32::from(character)))
        }
        text
    })
}
