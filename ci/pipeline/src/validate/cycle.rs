//! Ways from a job, by `passed`, back to itself.

use std::collections::HashMap;

use super::{JobIndex, Report, Rule, Section};
use crate::model::{Job, Pipeline, StepConfig};
use crate::source::Span;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Visiting,
    Done,
}

/// A job on the way, and where among its upstream jobs the search is.
struct Visit {
    job: usize,
    next: usize,
    upstream: Vec<(usize, Span)>,
}

pub(super) fn check(pipeline: &Pipeline, index: &JobIndex<'_>, report: &mut Report) {
    // Jobs count by name, as they do for Concourse.
    let mut states: HashMap<&str, State> = HashMap::new();
    for start in 0..pipeline.jobs.len() {
        if index.has_duplicates() {
            // One that is done need not be the one of the same name that comes now.
            states.clear();
        }
        if let Some((job, span)) = search(pipeline, index, start, &mut states) {
            let name = &pipeline.jobs[job].name.value;
            let message = format!("pipeline contains a cycle that starts at Job '{name}'");
            report.error(Section::Cycles, Rule::Cycle, message, span);
            return;
        }
    }
}

/// Walks upstream from a job; returns the job that is met again, and the `passed` that leads to it.
/// Without recursion, since chains may be longer than the stack is deep.
fn search<'pipeline>(
    pipeline: &'pipeline Pipeline,
    index: &JobIndex<'_>,
    start: usize,
    states: &mut HashMap<&'pipeline str, State>,
) -> Option<(usize, Span)> {
    let name = |job: usize| pipeline.jobs[job].name.as_str();
    if states.contains_key(name(start)) {
        return None;
    }
    let visit = |job: usize| Visit { job, next: 0, upstream: upstream(&pipeline.jobs[job], index) };
    let mut way = vec![visit(start)];
    states.insert(name(start), State::Visiting);
    while let Some(current) = way.last_mut() {
        let Some((job, span)) = current.upstream.get(current.next).copied() else {
            states.insert(name(current.job), State::Done);
            way.pop();
            continue;
        };
        current.next += 1;
        match states.get(name(job)) {
            Some(State::Visiting) => return Some((job, span)),
            Some(State::Done) => {}
            None => {
                states.insert(name(job), State::Visiting);
                way.push(visit(job));
            }
        }
    }
    None
}

fn upstream(job: &Job, index: &JobIndex<'_>) -> Vec<(usize, Span)> {
    let mut found = Vec::new();
    job.walk(&mut |step| {
        if let StepConfig::Get(get) = step {
            for pattern in &get.passed {
                found.extend(index.matching(pattern).into_iter().map(|job| (job, pattern.span)));
            }
        }
    });
    found
}
