//! What rules look at.

use std::cell::OnceCell;

use pipeline::check::Checked;
use pipeline::model::{Job, Pipeline, StepConfig, TaskConfig, TaskStep};
use pipeline::validate::JobIndex;
use pipeline::vars::{
    InterpolationError, PlacedUse, Places, Reference, StaticVariables, VariableError, Variables, placed_uses,
};
use pipeline::yaml::{Document, Node};
use pipeline::{Source, Span};

use crate::flow::{Flow, flow_of};
use crate::task_files::TaskFiles;
use crate::variables::whole_variable;
use crate::{Options, TypeSchemas};

/// A pipeline with all that is known of it.
pub(crate) struct Context<'run> {
    pub(crate) source: &'run Source,
    /// The pipeline's text and those of task files, as labels count them.
    pub(crate) sources: &'run [Source],
    pub(crate) checked: &'run Checked,
    /// Variables that could not be filled in.
    pub(crate) unfilled: &'run [InterpolationError],
    /// The values that were given, and the sets that they are in, the one asked first at the front.
    pub(crate) values: &'run dyn Variables,
    pub(crate) sets: &'run [StaticVariables],
    pub(crate) options: &'run Options<'run>,
    pub(crate) tasks: &'run TaskFiles,
    pub(crate) jobs: JobIndex<'run>,
    /// Where scalars say `((name))`.
    pub(crate) places: Places<'run>,
    flows: OnceCell<Vec<Flow>>,
    uses: OnceCell<Vec<PlacedUse>>,
}

/// A task's config and the file it stands in.
pub(crate) struct TaskSource<'run> {
    pub(crate) config: &'run TaskConfig,
    /// Zero is the pipeline's own file.
    pub(crate) file: usize,
}

impl<'run> Context<'run> {
    pub(crate) fn new(
        sources: &'run [Source],
        checked: &'run Checked,
        unfilled: &'run [InterpolationError],
        (values, sets): (&'run dyn Variables, &'run [StaticVariables]),
        options: &'run Options<'run>,
        tasks: &'run TaskFiles,
    ) -> Self {
        let jobs = JobIndex::new(&checked.decoded.value);
        let places = Places::new(&sources[0]);
        let (source, flows, uses) = (&sources[0], OnceCell::new(), OnceCell::new());
        Self { source, sources, checked, unfilled, values, sets, options, tasks, jobs, places, flows, uses }
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

    /// Returns where the text uses variables.
    pub(crate) fn uses(&self) -> &[PlacedUse] {
        self.uses.get_or_init(|| self.root().map_or_else(Vec::new, |root| placed_uses(root, self.source)))
    }

    /// Returns the variable that is all that is written at a place, and its value, when it has one.
    pub(crate) fn filled_variable(&self, span: Span) -> Option<(Reference, Node)> {
        let reference: Reference = whole_variable(self.text(span))?.parse().ok()?;
        let value = self.values.get(&reference).ok().flatten()?;
        Some((reference, value))
    }

    /// Returns whether a `<<` within a place could not be merged, so that keys are not known that it would
    /// have brought.
    pub(crate) fn lacks_merge(&self, span: Span) -> bool {
        let merges = |error: &&InterpolationError| matches!(error.error, VariableError::MergeNotAMap);
        self.unfilled.iter().filter(merges).any(|error| span.contains(error.span))
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
