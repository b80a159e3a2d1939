//! Visiting steps.

use super::{Step, StepConfig};
use crate::source::Span;

impl Step {
    /// Calls `visit` with what this step does and all steps below, from the outside in. A wrapped step
    /// comes before its hook.
    pub fn walk<'step>(&'step self, visit: &mut impl FnMut(&'step StepConfig)) {
        self.config.walk(visit);
    }
}

impl StepConfig {
    /// Calls `visit` with this and all below, from the outside in. A wrapped step comes before its hook.
    pub fn walk<'step>(&'step self, visit: &mut impl FnMut(&'step StepConfig)) {
        visit(self);
        match self {
            Self::Try(step) => step.step.config.walk(visit),
            Self::Do(step) => step.steps.iter().for_each(|step| step.config.walk(visit)),
            Self::InParallel(step) => step.steps.iter().for_each(|step| step.config.walk(visit)),
            Self::Across(step) => step.step.walk(visit),
            Self::Timeout(step) => step.step.walk(visit),
            Self::Attempts(step) => step.step.walk(visit),
            Self::Hook(step) => {
                step.step.walk(visit);
                step.hook.config.walk(visit);
            }
            Self::Get(_)
            | Self::Put(_)
            | Self::Task(_)
            | Self::Run(_)
            | Self::SetPipeline(_)
            | Self::LoadVar(_) => {}
        }
    }

    /// Returns the key that says what this is.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Get(_) => "get",
            Self::Put(_) => "put",
            Self::Task(_) => "task",
            Self::Run(_) => "run",
            Self::SetPipeline(_) => "set_pipeline",
            Self::LoadVar(_) => "load_var",
            Self::Try(_) => "try",
            Self::Do(_) => "do",
            Self::InParallel(_) => "in_parallel",
            Self::Across(_) => "across",
            Self::Timeout(_) => "timeout",
            Self::Attempts(_) => "attempts",
            Self::Hook(step) => step.kind.key(),
        }
    }

    /// Returns where that key stands.
    pub fn key_span(&self) -> Span {
        match self {
            Self::Get(step) => step.key_span,
            Self::Put(step) => step.key_span,
            Self::Task(step) => step.key_span,
            Self::Run(step) => step.key_span,
            Self::SetPipeline(step) => step.key_span,
            Self::LoadVar(step) => step.key_span,
            Self::Try(step) => step.key_span,
            Self::Do(step) => step.key_span,
            Self::InParallel(step) => step.key_span,
            Self::Across(step) => step.key_span,
            Self::Timeout(step) => step.key_span,
            Self::Attempts(step) => step.key_span,
            Self::Hook(step) => step.key_span,
        }
    }

    /// Returns the name of a step that has one.
    pub fn name(&self) -> Option<&crate::Spanned<String>> {
        match self {
            Self::Get(step) => Some(&step.name),
            Self::Put(step) => Some(&step.name),
            Self::Task(step) => Some(&step.name),
            Self::Run(step) => Some(&step.message),
            Self::SetPipeline(step) => Some(&step.name),
            Self::LoadVar(step) => Some(&step.name),
            _ => None,
        }
    }
}
