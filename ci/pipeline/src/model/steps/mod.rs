//! The kinds of steps, one file each.

mod across;
mod composite;
mod get;
mod load_var;
mod modifiers;
mod put;
mod run;
mod set_pipeline;
mod task;

pub use across::{AcrossStep, AcrossVariable, MaxInFlight};
pub use composite::{DoStep, InParallelStep, TryStep};
pub use get::{GetStep, VersionChoice};
pub use load_var::LoadVarStep;
pub use modifiers::{AttemptsStep, HookKind, HookStep, TimeoutStep};
pub use put::{Inputs, PutStep};
pub use run::RunStep;
pub use set_pipeline::SetPipelineStep;
pub use task::TaskStep;

use super::decode::Decoder;
use crate::source::Spanned;
use crate::yaml::Entry;

/// Decodes the name of a step, the value of its first key; empty when null.
fn step_name(decoder: &mut Decoder, key: &'static str, entry: Entry) -> Spanned<String> {
    let span = if entry.value.span.is_empty() { entry.key.span } else { entry.value.span };
    decoder
        .within(key, |decoder| decoder.text(entry.value))
        .unwrap_or_else(|| Spanned::new(String::new(), span))
}
