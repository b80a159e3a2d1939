//! What rules look at.

use std::cell::OnceCell;

use pipeline::check::Checked;
use pipeline::model::{Job, Pipeline, StepConfig, TaskConfig, TaskStep};
use pipeline::validate::JobIndex;
use pipeline::yaml::{Document, Node};
use pipeline::{Source, Span};

use crate::flow::{Flow, flow_of};
use crate::task_files::TaskFiles;
use crate::{Options, TypeSchemas};

/// A pipeline with all that is known of it.
pub(crate) struct Context<'run> {
    pub(crate) source: &'run Source,
    pub(crate) checked: &'run Checked,
    pub(crate) options: &'run Options<'run>,
    pub(crate) tasks: &'run TaskFiles,
    pub(crate) jobs: JobIndex<'run>,
    flows: OnceCell<Vec<Flow>>,
}

/// A task's config and the file it stands in.
pub(crate) struct TaskSource<'run> {
    pub(crate) config: &'run TaskConfig,
    /// Zero is the pipeline's own file.
    pub(crate) file: usize,
}

impl<'run> Context<'run> {
    pub(crate) fn new(
        source: &'run Source,
        checked: &'run Checked,
        options: &'run Options<'run>,
        tasks: &'run TaskFiles,
    ) -> Self {
        let jobs = JobIndex::new(&checked.decoded.value);
        Self { source, checked, options, tasks, jobs, flows: OnceCell::new() }
    }

    pub(crate) fn pipeline(&self) -> &'run Pipeline {
        &self.checked.decoded.value
    }

    pub(crate) fn document(&self) -> &'run Document {
        &self.checked.document
    }

    pub(crate) fn schemas(&self) -> &'run TypeSchemas {
        self.options.schemas
    }

    /// Returns what is written at a place.
    pub(crate) fn text(&self, span: Span) -> &'run str {
        self.source.slice(span)
    }

    /// Returns the tree as written, variables not filled in.
    pub(crate) fn root(&self) -> Option<&'run Node> {
        self.document().root.as_ref()
    }

    /// Returns the config of a task, from the step or from its file, where that was found.
    pub(crate) fn task_config(&self, step: &'run TaskStep) -> Option<TaskSource<'run>> {
        if let Some(config) = &step.config {
            return Some(TaskSource { config, file: 0 });
        }
        let (file, config) = self.tasks.config(step.file.as_ref()?)?;
        Some(TaskSource { config, file })
    }

    /// Returns the way of artifacts through each job.
    pub(crate) fn flows(&self) -> &[Flow] {
        self.flows.get_or_init(|| self.pipeline().jobs.iter().map(|job| flow_of(self, job)).collect())
    }

    /// Calls `visit` with every step of every job, modifiers included.
    pub(crate) fn each_step(&self, mut visit: impl FnMut(&'run Job, &'run StepConfig)) {
        for job in &self.pipeline().jobs {
            job.walk(&mut |step| visit(job, step));
        }
    }
}
