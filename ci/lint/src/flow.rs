//! The way of artifacts and local variables through a job: what each step provides and what it uses.

use std::collections::HashMap;

use pipeline::model::{
    AcrossStep, GetStep, HookStep, Inputs, Job, LoadVarStep, PutStep, SetPipelineStep, Step, StepConfig,
    TaskStep,
};
use pipeline::{Span, Spanned};

use crate::context::{Context, TaskSource};

/// What happens to artifacts in a job.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) missing: Vec<MissingArtifact>,
}

/// Something that a step provides.
#[derive(Debug)]
pub(crate) struct Artifact {
    pub(crate) name: String,
    pub(crate) kind: ArtifactKind,
    pub(crate) span: Span,
    /// The file in which it is named, zero for the pipeline's.
    pub(crate) file: usize,
    pub(crate) used: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArtifactKind {
    Get,
    Put,
    Output,
}

/// An artifact that a step uses and nothing has provided.
#[derive(Debug)]
pub(crate) struct MissingArtifact {
    pub(crate) name: String,
    /// What wants it: `task t`.
    pub(crate) wanted_by: String,
    pub(crate) span: Span,
    /// A step that runs at the same time and provides it.
    pub(crate) sibling: Option<Span>,
    /// Names that are there.
    pub(crate) there: Vec<String>,
}

/// Artifacts by name, as indexes; and whether there may be others.
#[derive(Clone, Default)]
struct Scope {
    there: HashMap<String, usize>,
    /// Something that could not be looked at may have provided anything.
    is_open: bool,
}

/// Follows the artifacts of a job.
pub(crate) fn flow_of(context: &Context<'_>, job: &Job) -> Flow {
    let mut walk = Walk { context, flow: Flow::default(), scope: Scope::default(), siblings: HashMap::new() };
    walk.steps(&job.plan);
    for (_, hook) in job.hooks.iter() {
        walk.config(&hook.config);
    }
    walk.flow
}

struct Walk<'walk, 'run> {
    context: &'walk Context<'run>,
    flow: Flow,
    scope: Scope,
    /// What steps that run at the same time provide.
    siblings: HashMap<String, Span>,
}

impl Walk<'_, '_> {
    fn steps(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.config(&step.config));
    }

    fn config(&mut self, config: &StepConfig) {
        match config {
            StepConfig::Get(step) => self.get(step),
            StepConfig::Put(step) => self.put(step),
            StepConfig::Task(step) => self.task(step),
            StepConfig::Run(_) => self.scope.is_open = true,
            StepConfig::SetPipeline(step) => self.set_pipeline(step),
            StepConfig::LoadVar(step) => self.load_var(step),
            StepConfig::Try(step) => self.config(&step.step.config),
            StepConfig::Do(step) => self.steps(&step.steps),
            StepConfig::InParallel(step) => self.in_parallel(&step.steps),
            StepConfig::Across(step) => self.across(step),
            StepConfig::Timeout(step) => self.config(&step.step),
            StepConfig::Attempts(step) => self.config(&step.step),
            StepConfig::Hook(HookStep { step, hook, .. }) => {
                self.config(step);
                self.config(&hook.config);
            }
        }
    }

    fn get(&mut self, step: &GetStep) {
        self.provide(&step.name, ArtifactKind::Get, step.name.span, 0);
    }

    fn put(&mut self, step: &PutStep) {
        let wanted_by = format!("put {}", step.name.value);
        match step.inputs.as_deref() {
            Some(Inputs::All) => self.use_all(),
            Some(Inputs::Specified(names)) => {
                names.iter().for_each(|name| self.use_artifact(name, name.span, &wanted_by));
            }
            Some(Inputs::Detect) | None => {
                for name in step.detected_inputs() {
                    if name.contains("((") {
                        self.use_all();
                    }
                    self.mark_used(&name);
                }
            }
            Some(Inputs::Other(_)) => {}
        }
        if step.gets() {
            self.provide(&step.name, ArtifactKind::Put, step.name.span, 0);
        }
    }

    fn task(&mut self, step: &TaskStep) {
        let wanted_by = format!("task {}", step.name.value);
        if let Some(file) = &step.file {
            self.use_file(file, &wanted_by);
        }
        if let Some(image) = &step.image {
            self.use_artifact(image, image.span, &wanted_by);
        }
        let Some(TaskSource { config, file }) = self.context.task_config(step) else {
            self.unknown_task(step);
            return;
        };
        for input in config.inputs.iter().filter(|input| !input.name.is_empty()) {
            let mapped = step
                .input_mapping
                .iter()
                .find(|(name, _)| **name == *input.name)
                .map(|(_, artifact)| artifact);
            let span = mapped.map_or_else(
                || if file == 0 { input.name.span } else { step.name.span },
                |artifact| artifact.span,
            );
            let name = mapped.unwrap_or(&input.name);
            if input.is_optional() {
                self.mark_used(name);
            } else {
                self.use_artifact(name, span, &wanted_by);
            }
        }
        for output in config.outputs.iter().filter(|output| !output.name.is_empty()) {
            match step.output_mapping.iter().find(|(name, _)| **name == *output.name) {
                Some((_, artifact)) => self.provide(artifact, ArtifactKind::Output, artifact.span, 0),
                None => self.provide(&output.name, ArtifactKind::Output, output.name.span, file),
            }
        }
    }

    /// A task whose config is not here may use and provide anything; what its mappings name is known.
    fn unknown_task(&mut self, step: &TaskStep) {
        let wanted_by = format!("task {}", step.name.value);
        for (_, artifact) in &step.input_mapping {
            self.use_artifact(artifact, artifact.span, &wanted_by);
        }
        self.use_all();
        self.scope.is_open = true;
    }

    fn load_var(&mut self, step: &LoadVarStep) {
        if let Some(file) = &step.file {
            self.use_file(file, &format!("load_var {}", step.name.value));
        }
    }

    fn set_pipeline(&mut self, step: &SetPipelineStep) {
        let wanted_by = format!("set_pipeline {}", step.name.value);
        for file in step.file.iter().chain(&step.var_files) {
            self.use_file(file, &wanted_by);
        }
    }

    fn in_parallel(&mut self, steps: &[Step]) {
        let before = self.scope.clone();
        let outer = self.siblings.clone();
        for step in steps {
            collect_names(self.context, &step.config, &mut self.siblings);
        }
        let mut after = before.clone();
        for step in steps {
            self.scope = before.clone();
            self.config(&step.config);
            after.is_open |= self.scope.is_open;
            after.there.extend(std::mem::take(&mut self.scope.there));
        }
        self.scope = after;
        self.siblings = outer;
    }

    /// What an iteration provides stays in it.
    fn across(&mut self, step: &AcrossStep) {
        let before = self.scope.clone();
        let made = self.flow.artifacts.len();
        self.config(&step.step);
        // Each iteration ends with its artifacts; whether one is used after them is no question.
        self.flow.artifacts[made..].iter_mut().for_each(|artifact| artifact.used = true);
        let is_open = before.is_open;
        self.scope = before;
        self.scope.is_open = is_open;
    }

    fn use_file(&mut self, file: &Spanned<String>, wanted_by: &str) {
        match file.split_once('/') {
            Some((artifact, _)) => self.use_artifact(artifact, file.span, wanted_by),
            None if file.contains("((") => self.use_all(),
            None => {}
        }
    }

    fn use_artifact(&mut self, name: &str, span: Span, wanted_by: &str) {
        if name.contains("((") {
            self.use_all();
            return;
        }
        if self.mark_used(name) || self.scope.is_open {
            return;
        }
        let mut there: Vec<String> = self.scope.there.keys().cloned().collect();
        there.sort_unstable();
        let sibling = self.siblings.get(name).copied();
        self.flow.missing.push(MissingArtifact {
            name: name.into(),
            wanted_by: wanted_by.into(),
            span,
            sibling,
            there,
        });
    }

    fn mark_used(&mut self, name: &str) -> bool {
        match self.scope.there.get(name) {
            Some(index) => {
                self.flow.artifacts[*index].used = true;
                true
            }
            None => false,
        }
    }

    fn use_all(&mut self) {
        for index in self.scope.there.values() {
            self.flow.artifacts[*index].used = true;
        }
    }

    fn provide(&mut self, name: &str, kind: ArtifactKind, span: Span, file: usize) {
        if name.contains("((") {
            self.scope.is_open = true;
            return;
        }
        self.scope.there.insert(name.into(), self.flow.artifacts.len());
        self.flow.artifacts.push(Artifact { name: name.into(), kind, span, file, used: false });
    }
}

/// Collects the names of what a step provides, wherever within it.
fn collect_names(context: &Context<'_>, config: &StepConfig, names: &mut HashMap<String, Span>) {
    config.walk(&mut |step| match step {
        StepConfig::Get(get) => {
            names.insert(get.name.value.clone(), get.name.span);
        }
        StepConfig::Put(put) if put.gets() => {
            names.insert(put.name.value.clone(), put.name.span);
        }
        StepConfig::Task(task) => {
            let outputs = task.config.as_ref().map(|config| &config.outputs);
            let from_file = task
                .file
                .as_ref()
                .and_then(|file| context.tasks.config(file))
                .map(|(_, config)| &config.outputs);
            for output in outputs.or(from_file).into_iter().flatten() {
                let mapped = task.output_mapping.iter().find(|(name, _)| **name == *output.name);
                let name = mapped.map_or(&output.name, |(_, artifact)| artifact);
                names.insert(name.value.clone(), task.name.span);
            }
        }
        _ => {}
    });
}
