//! The forms of one small pipeline, and names that try to break out of them.

use graph::{Graph, NodeKind, to_dot, to_mermaid, to_svg, to_text};
use pipeline::check::check;
use pipeline::vars::Chain;

const PIPELINE: &str = "
groups: [{name: main, jobs: [build, test]}, {name: ops, jobs: ['deploy*']}]
resources: [{name: repo, type: git}, {name: image, type: registry-image}]
jobs:
- name: build
  plan: [{get: repo, trigger: true}, {put: image}]
- name: test
  plan: [{get: repo, passed: [build]}, {get: image, passed: [build], trigger: true}]
- name: deploy-it
  plan: [{get: image, passed: [build, test], trigger: true}]
";

fn graph(text: &str, group: Option<&str>) -> Graph {
    let checked = check(text, &Chain::new()).unwrap();
    Graph::new(&checked.decoded.value, group)
}

#[test]
fn jobs_stand_behind_what_they_wait_for() {
    let expected = "build
  ● repo
  → image
test
  ○ repo, passed build
  ● image, passed build
deploy-it
  ● image, passed build, test

● starts the job   ○ does not   → put
";
    assert_eq!(to_text(&graph(PIPELINE, None)), expected);
}

#[test]
fn a_group_shows_its_jobs_only() {
    let graph = graph(PIPELINE, Some("ops"));
    let jobs: Vec<&str> =
        graph.nodes.iter().filter(|node| node.kind == NodeKind::Job).map(|node| node.name.as_str()).collect();
    assert_eq!(jobs, ["deploy-it"]);
    assert_eq!(graph.groups, ["main", "ops"]);
}

#[test]
fn waiting_ways_are_dashed_in_every_form() {
    let graph = graph(PIPELINE, None);
    assert!(to_mermaid(&graph).contains("-.->"));
    assert!(to_dot(&graph).contains("[style=dashed]"));
    let svg = to_svg(&graph, "p");
    assert!(svg.contains("class=\"waits\"") && svg.contains(">deploy-it</text>"));
}

#[test]
fn names_cannot_break_out() {
    let text = "jobs: [{name: \"a\\\"]<script>\\e[2J&\", plan: []}]";
    let graph = graph(text, None);
    let svg = to_svg(&graph, "</title><script>");
    assert!(!svg.contains("<script>") && !svg.contains('\u{1b}'), "{svg}");
    assert!(!to_text(&graph).contains('\u{1b}'));
    assert!(to_dot(&graph).contains("\\\""));
    assert!(!to_mermaid(&graph).contains("<script>"));
}

#[test]
fn ways_in_a_circle_and_nothing_at_all_can_be_drawn() {
    let circle = "resources: [{name: r, type: t}]\njobs:\n- {name: a, plan: [{get: r, passed: [b]}]}\n- {name: b, plan: [{get: r, passed: [a]}]}\n";
    assert!(to_svg(&graph(circle, None), "x").contains("</svg>"));
    assert!(to_svg(&graph("", None), "x").contains("</svg>"));
    assert_eq!(to_text(&graph("", None)), "");
}

/// Each way is looked at a few times however many there are; this took a minute when it was looked for.
#[test]
fn thousands_of_gets_in_one_job_are_drawn() {
    let gets: String = (0..5000).map(|number| format!("  - {{get: g{number}, resource: r}}\n")).collect();
    let text = format!("resources: [{{name: r, type: t}}]\njobs:\n- name: j\n  plan:\n{gets}");
    let graph = graph(&text, None);
    assert_eq!(graph.edges.len(), 5000);
    assert!(to_text(&graph).lines().count() > 5000);
    assert!(to_svg(&graph, "x").ends_with("</svg>\n"));
}

fn width(svg: &str) -> f64 {
    svg.split(" width=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().parse().unwrap()
}

#[test]
fn a_picture_is_as_wide_as_its_longest_line_and_wide_letters_need() {
    let groups: String = (0..60).map(|number| format!("{{name: group-{number}, jobs: [j]}}, ")).collect();
    let pipeline =
        |name: &str, groups: &str| format!("groups: [{groups}]\njobs: [{{name: {name}, plan: []}}]");
    let svg = |text: &str| to_svg(&graph(text, None), "x");
    assert!(width(&svg(&pipeline("j", &groups))) > 60.0 * 10.0 * 7.0);
    let (latin, wide) = ("x".repeat(100), "配".repeat(100));
    assert!(width(&svg(&pipeline(&wide, ""))) > width(&svg(&pipeline(&latin, ""))) * 1.5);
    assert!(svg(&pipeline("j", "")).contains("by itself · dashed"));
}
