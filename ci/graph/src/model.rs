//! What there is to draw.

use std::collections::{HashMap, HashSet};

use pipeline::model::{GetStep, Job, Pipeline, PutStep, StepConfig};
use pipeline::validate::{GroupGlob, JobIndex};

/// Jobs, resources, and the ways between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// What stands in the picture.
    pub nodes: Vec<Node>,
    /// The ways between them.
    pub edges: Vec<Edge>,
    /// The names of the pipeline's groups.
    pub groups: Vec<String>,
}

/// Something that stands in the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its name.
    pub name: String,
}

/// What stands in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A job.
    Job,
    /// A resource that a job gets whatever job it passed.
    Input,
    /// A resource that has to pass a job.
    Passed,
    /// A resource that a job puts.
    Output,
}

/// A way between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it starts, as an index into the nodes.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Whether a new version goes on by itself.
    pub triggers: bool,
}

impl Graph {
    /// Draws a pipeline up; with a group, only what is in it.
    pub fn new(pipeline: &Pipeline, group: Option<&str>) -> Self {
        let mut builder = Builder::new(pipeline, group);
        for (index, job) in pipeline.jobs.iter().enumerate() {
            if builder.job_nodes.contains_key(&index) {
                builder.connect(index, job);
            }
        }
        let groups = pipeline.groups.iter().map(|group| group.name.value.clone()).collect();
        Self { groups, ..builder.graph }
    }

    /// Returns the ways by the nodes where they start and end.
    pub fn ways(&self) -> Ways<'_> {
        let mut ways =
            Ways { before: vec![Vec::new(); self.nodes.len()], after: vec![Vec::new(); self.nodes.len()] };
        for edge in &self.edges {
            ways.before[edge.to].push(edge);
            ways.after[edge.from].push(edge);
        }
        ways
    }
}

/// The ways of a graph by the nodes where they start and end.
#[derive(Clone, Debug)]
pub struct Ways<'graph> {
    before: Vec<Vec<&'graph Edge>>,
    after: Vec<Vec<&'graph Edge>>,
}

impl Ways<'_> {
    /// Returns the ways that lead to a node.
    pub fn before(&self, node: usize) -> &[&Edge] {
        &self.before[node]
    }

    /// Returns the ways that lead on from a node.
    pub fn after(&self, node: usize) -> &[&Edge] {
        &self.after[node]
    }
}

struct Builder<'pipeline> {
    index: JobIndex<'pipeline>,
    graph: Graph,
    /// The nodes of the jobs that are shown.
    job_nodes: HashMap<usize, usize>,
}

impl<'pipeline> Builder<'pipeline> {
    fn new(pipeline: &'pipeline Pipeline, group: Option<&str>) -> Self {
        let index = JobIndex::new(pipeline);
        let mut builder = Self { index, graph: Graph::default(), job_nodes: HashMap::new() };
        for (position, job) in pipeline.jobs.iter().enumerate() {
            if group.is_none_or(|group| is_in_group(pipeline, group, job)) {
                let node = builder.add(NodeKind::Job, &job.name);
                builder.job_nodes.insert(position, node);
            }
        }
        builder
    }

    fn connect(&mut self, position: usize, job: &Job) {
        let node = self.job_nodes[&position];
        let (gets, puts) = gets_and_puts(job);
        for get in gets {
            if get.passed.is_empty() {
                let input = self.add(NodeKind::Input, get.resource_name());
                self.graph.edges.push(Edge { from: input, to: node, triggers: get.triggers() });
                continue;
            }
            let passed = self.add(NodeKind::Passed, get.resource_name());
            self.graph.edges.push(Edge { from: passed, to: node, triggers: get.triggers() });
            for upstream in get.passed.iter().flat_map(|pattern| self.index.matching(pattern)) {
                if let Some(from) = self.job_nodes.get(&upstream) {
                    self.graph.edges.push(Edge { from: *from, to: passed, triggers: get.triggers() });
                }
            }
        }
        for put in puts {
            let output = self.add(NodeKind::Output, put.resource_name());
            self.graph.edges.push(Edge { from: node, to: output, triggers: true });
        }
    }

    fn add(&mut self, kind: NodeKind, name: &str) -> usize {
        self.graph.nodes.push(Node { kind, name: name.into() });
        self.graph.nodes.len() - 1
    }
}

fn is_in_group(pipeline: &Pipeline, name: &str, job: &Job) -> bool {
    let groups = pipeline.groups.iter().filter(|group| *group.name == name);
    groups
        .flat_map(|group| &group.jobs)
        .filter_map(|pattern| GroupGlob::new(pattern))
        .any(|glob| glob.matches(&job.name))
}

/// Returns what a job gets and puts, each resource put once.
fn gets_and_puts(job: &Job) -> (Vec<&GetStep>, Vec<&PutStep>) {
    let (mut gets, mut puts): (Vec<&GetStep>, Vec<&PutStep>) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    job.walk(&mut |step| match step {
        StepConfig::Get(get) => gets.push(get),
        StepConfig::Put(put) if seen.insert(put.resource_name()) => puts.push(put),
        _ => {}
    });
    (gets, puts)
}
