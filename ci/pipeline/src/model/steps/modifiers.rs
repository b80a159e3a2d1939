//! `timeout`, `attempts` and the hooks: what stands around a step.

use crate::model::{Step, StepConfig};
use crate::source::{Span, Spanned};

/// Gives a step a time to end in.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeoutStep {
    /// How long, as Go writes durations.
    pub duration: Spanned<String>,
    /// The step.
    pub step: Box<StepConfig>,
    /// Where this stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// Tries a step several times.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptsStep {
    /// How often.
    pub attempts: Spanned<i64>,
    /// The step.
    pub step: Box<StepConfig>,
    /// Where this stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// Runs another step after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct HookStep {
    /// When.
    pub kind: HookKind,
    /// The step that runs first.
    pub step: Box<StepConfig>,
    /// The step that runs after it.
    pub hook: Box<Step>,
    /// Where this stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// After what a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookKind {
    /// `on_success`
    Success,
    /// `on_failure`
    Failure,
    /// `on_abort`
    Abort,
    /// `on_error`
    Error,
    /// `ensure`
    Ensure,
}

impl HookKind {
    /// All kinds, the outermost first, which is the order in which they are looked for.
    pub const OUTSIDE_IN: [Self; 5] = [Self::Ensure, Self::Error, Self::Abort, Self::Failure, Self::Success];

    /// Returns the hook's key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Success => "on_success",
            Self::Failure => "on_failure",
            Self::Abort => "on_abort",
            Self::Error => "on_error",
            Self::Ensure => "ensure",
        }
    }
}
