//! A picture for browsers.

use std::fmt::Write;

use pipeline::visible_line;
use unicode_width::UnicodeWidthStr;

use crate::layout::{Layout, as_f64};
use crate::{Edge, Graph, NodeKind};

const CHARACTER_WIDTH: f64 = 8.4;
const BOX_PADDING: f64 = 12.0;
const JOB_HEIGHT: f64 = 36.0;
const RESOURCE_HEIGHT: f64 = 22.0;
const ROW_HEIGHT: f64 = 52.0;
const COLUMN_GAP: f64 = 70.0;
const MARGIN: f64 = 28.0;
const FOOTER_HEIGHT: f64 = 34.0;
const LEGEND_CHARACTER_WIDTH: f64 = 7.3;
const LEGEND: &str = "solid: a new version goes on by itself · dashed: it waits · blue frame: put";

const STYLE: &str = "\
svg{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:14px}\
.job rect{fill:#3d3c3c;stroke:#5c5c5c}.job text{fill:#e6e7e8}\
.resource rect{fill:#2b2a2a;stroke:#4a4a4a}.resource text{fill:#b5b5b5}\
.output rect{stroke:#4a90e2}\
path{fill:none;stroke:#979797;stroke-width:1.4}path.waits{stroke-dasharray:5 4}\
.ground{fill:#1e1d1d}.legend{fill:#979797;font-size:12px}";

/// Where a node stands.
struct Place {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Draws a graph as a whole SVG document.
pub fn to_svg(graph: &Graph, title: &str) -> String {
    let layout = Layout::new(graph);
    let (places, width, height) = place(graph, &layout);
    let groups = format!("groups: {}", graph.groups.join(" · "));
    let width = if graph.groups.is_empty() { width } else { width.max(legend_width(&groups)) };
    let mut svg = String::new();
    let total = height + FOOTER_HEIGHT;
    push(
        &mut svg,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {total:.0}\" width=\"{width:.0}\" height=\"{total:.0}\" role=\"img\">\n"
        ),
    );
    push(&mut svg, format_args!("<title>{}</title>\n<style>{STYLE}</style>\n", escaped(title)));
    push(&mut svg, format_args!("<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n"));
    if !graph.groups.is_empty() {
        let groups = escaped(&groups);
        push(&mut svg, format_args!("<text class=\"legend\" x=\"{MARGIN}\" y=\"18\">{groups}</text>\n"));
    }
    for edge in &graph.edges {
        draw_edge(&mut svg, edge, &places);
    }
    for (node, place) in graph.nodes.iter().zip(&places) {
        let class = match node.kind {
            NodeKind::Job => "job",
            NodeKind::Output => "resource output",
            NodeKind::Input | NodeKind::Passed => "resource",
        };
        let (middle_x, middle_y) = (place.x + place.width / 2.0, place.y + place.height / 2.0);
        push(
            &mut svg,
            format_args!(
                "<g class=\"{class}\"><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\"/>\
             <text x=\"{middle_x:.1}\" y=\"{middle_y:.1}\" dy=\".35em\" text-anchor=\"middle\">{}</text></g>\n",
                place.x,
                place.y,
                place.width,
                place.height,
                escaped(&node.name)
            ),
        );
    }
    push(
        &mut svg,
        format_args!(
            "<text class=\"legend\" x=\"{MARGIN}\" y=\"{:.1}\">{LEGEND}</text>\n</svg>\n",
            height + FOOTER_HEIGHT / 2.0
        ),
    );
    svg
}

fn place(graph: &Graph, layout: &Layout) -> (Vec<Place>, f64, f64) {
    let rows = layout.columns.iter().map(Vec::len).max().unwrap_or(0);
    let height = MARGIN * 2.0 + as_f64(rows.max(1)) * ROW_HEIGHT;
    let mut places: Vec<Place> =
        graph.nodes.iter().map(|_| Place { x: 0.0, y: 0.0, width: 0.0, height: 0.0 }).collect();
    let mut x = MARGIN;
    for column in &layout.columns {
        let widths = column.iter().map(|node| width_of(&graph.nodes[*node].name));
        let column_width = widths.fold(0.0, f64::max);
        let top = (height - as_f64(column.len()) * ROW_HEIGHT) / 2.0;
        for (row, node) in column.iter().enumerate() {
            let own_height =
                if graph.nodes[*node].kind == NodeKind::Job { JOB_HEIGHT } else { RESOURCE_HEIGHT };
            let width = width_of(&graph.nodes[*node].name);
            let y = top + as_f64(row) * ROW_HEIGHT + (ROW_HEIGHT - own_height) / 2.0;
            places[*node] = Place { x: x + (column_width - width) / 2.0, y, width, height: own_height };
        }
        x += column_width + COLUMN_GAP;
    }
    (places, (x - COLUMN_GAP + MARGIN).max(legend_width(LEGEND)), height)
}

fn width_of(name: &str) -> f64 {
    as_f64(name.width()) * CHARACTER_WIDTH + BOX_PADDING * 2.0
}

fn legend_width(text: &str) -> f64 {
    as_f64(text.width()) * LEGEND_CHARACTER_WIDTH + MARGIN * 2.0
}

fn draw_edge(svg: &mut String, edge: &Edge, places: &[Place]) {
    let (from, to) = (&places[edge.from], &places[edge.to]);
    let (x1, y1) = (from.x + from.width, from.y + from.height / 2.0);
    let (x2, y2) = (to.x, to.y + to.height / 2.0);
    let bend = ((x2 - x1) / 2.0).max(COLUMN_GAP / 2.0);
    let class = if edge.triggers { "goes" } else { "waits" };
    push(
        svg,
        format_args!(
            "<path class=\"{class}\" d=\"M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}\"/>\n",
            x1 + bend,
            x2 - bend
        ),
    );
}

fn push(svg: &mut String, text: std::fmt::Arguments<'_>) {
    let written = svg.write_fmt(text);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

/// Makes text safe within SVG, where control characters are not allowed at all.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible_line(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(character),
        }
    }
    safe
}
