//! How a step is taken apart.
//!
//! Keys are looked for in a fixed order, each found one wrapping the next. The first that says what the
//! step does ends the search; what is left over is unknown.

use super::decode::{Decoder, Fields};
use super::steps::{
    AcrossStep, AttemptsStep, DoStep, GetStep, HookKind, HookStep, InParallelStep, LoadVarStep, PutStep,
    RunStep, SetPipelineStep, TaskStep, TimeoutStep, TryStep,
};
use super::{Decoded, MistakeKind, UnknownField};
use crate::source::Span;
use crate::yaml::{Node, Value};

/// A step with what is left over of its map.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What the step does, modifiers outermost.
    pub config: StepConfig,
    /// Keys that the step does not have; validation refuses them.
    pub unknown_fields: Vec<UnknownField>,
    /// Where the step stands.
    pub span: Span,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum StepConfig {
    /// `get`
    Get(GetStep),
    /// `put`
    Put(PutStep),
    /// `task`
    Task(Box<TaskStep>),
    /// `run`, of a prototype
    Run(RunStep),
    /// `set_pipeline`
    SetPipeline(SetPipelineStep),
    /// `load_var`
    LoadVar(LoadVarStep),
    /// `try`
    Try(TryStep),
    /// `do`
    Do(DoStep),
    /// `in_parallel`
    InParallel(InParallelStep),
    /// `across`, around another step
    Across(AcrossStep),
    /// `timeout`, around a step that has no such field of its own
    Timeout(TimeoutStep),
    /// `attempts`, around another step
    Attempts(AttemptsStep),
    /// `on_success`, `on_failure`, `on_abort`, `on_error` or `ensure`, around another step
    Hook(HookStep),
}

/// Decodes a single step, such as what `across` makes of its values.
pub fn decode_step(node: Node) -> Decoded<Option<Step>> {
    let mut decoder = Decoder::default();
    let value = decode(&mut decoder, node);
    let (mistakes, ignored) = decoder.finish();
    Decoded { value, mistakes, ignored, unknown_top_level: Vec::new() }
}

/// Decodes the steps of a plan or `do`.
pub(super) fn decode_steps(decoder: &mut Decoder, node: Node) -> Vec<Step> {
    decoder.items(node, decode)
}

/// Decodes the step under a field that may be null.
pub(super) fn decode_optional_step(decoder: &mut Decoder, field: &'static str, node: Node) -> Option<Step> {
    if node.is_null() {
        return None;
    }
    decoder.within(field, |decoder| decode(decoder, node))
}

/// Decodes a step that must be there.
pub(super) fn decode(decoder: &mut Decoder, node: Node) -> Option<Step> {
    if !matches!(node.value, Value::Map(_) | Value::Null) {
        decoder.wrong_type("a step", &node);
        return None;
    }
    let mut fields = decoder.fields(node)?;
    let span = fields.span;
    let config = decoder.strictly(|decoder| outermost(decoder, &mut fields))?;
    Some(Step { config, unknown_fields: fields.leftovers(KNOWN), span })
}

/// The keys that a step may have, for advice.
const KNOWN: &[&str] = &[
    "get",
    "put",
    "task",
    "run",
    "set_pipeline",
    "load_var",
    "try",
    "do",
    "in_parallel",
    "across",
    "attempts",
    "timeout",
    "on_success",
    "on_failure",
    "on_abort",
    "on_error",
    "ensure",
    "resource",
    "version",
    "params",
    "passed",
    "trigger",
    "tags",
    "inputs",
    "get_params",
    "no_get",
    "file",
    "config",
    "image",
    "privileged",
    "hermetic",
    "vars",
    "input_mapping",
    "output_mapping",
    "container_limits",
    "team",
    "var_files",
    "instance_vars",
    "format",
    "reveal",
    "fail_fast",
    "type",
];

fn outermost(decoder: &mut Decoder, fields: &mut Fields) -> Option<StepConfig> {
    let is_step = KEYS.iter().any(|key| fields.contains(key));
    if !is_step {
        decoder.note(MistakeKind::NoStep, fields.span);
        return None;
    }
    from_hooks_on(decoder, fields, &HookKind::OUTSIDE_IN)
}

/// Every key that makes a map a step.
const KEYS: &[&str] = &[
    "ensure",
    "on_error",
    "on_abort",
    "on_failure",
    "on_success",
    "across",
    "attempts",
    "run",
    "task",
    "put",
    "get",
    "timeout",
    "set_pipeline",
    "load_var",
    "try",
    "do",
    "in_parallel",
];

fn from_hooks_on(decoder: &mut Decoder, fields: &mut Fields, kinds: &[HookKind]) -> Option<StepConfig> {
    let Some((kind, further)) = kinds.split_first() else { return from_across_on(decoder, fields) };
    let Some(entry) = fields.take_exact(kind.key()) else { return from_hooks_on(decoder, fields, further) };
    let hook = decoder.within(kind.key(), |decoder| decode(decoder, entry.value));
    let inner = from_hooks_on(decoder, fields, further)?;
    Some(StepConfig::Hook(HookStep {
        kind: *kind,
        step: Box::new(inner),
        hook: Box::new(hook?),
        span: fields.span,
        key_span: entry.key.span,
    }))
}

fn from_across_on(decoder: &mut Decoder, fields: &mut Fields) -> Option<StepConfig> {
    let Some(entry) = fields.take_exact("across") else { return from_attempts_on(decoder, fields) };
    let key_span = entry.key.span;
    let variables = decoder.within("across", |decoder| AcrossStep::decode_variables(decoder, entry.value));
    let fail_fast =
        fields.take_exact("fail_fast").and_then(|entry| decoder.boolean(&entry.value)).unwrap_or(false);
    let template = fields.remaining();
    let step = Box::new(from_attempts_on(decoder, fields)?);
    Some(StepConfig::Across(AcrossStep { variables, fail_fast, step, template, span: fields.span, key_span }))
}

fn from_attempts_on(decoder: &mut Decoder, fields: &mut Fields) -> Option<StepConfig> {
    let Some(entry) = fields.take_exact("attempts") else { return from_core_on(decoder, fields) };
    let attempts = decoder.within("attempts", |decoder| decoder.whole(&entry.value));
    let step = Box::new(from_core_on(decoder, fields)?);
    // What is no number is a mistake already; null counts as zero, which validation refuses.
    let fallback = if entry.value.is_null() { 0 } else { 1 };
    let attempts = attempts.unwrap_or_else(|| crate::Spanned::new(fallback, entry.value.span));
    Some(StepConfig::Attempts(AttemptsStep { attempts, step, span: fields.span, key_span: entry.key.span }))
}

fn from_core_on(decoder: &mut Decoder, fields: &mut Fields) -> Option<StepConfig> {
    if let Some(entry) = fields.take_exact("run") {
        return Some(StepConfig::Run(RunStep::decode(decoder, entry, fields)));
    }
    if let Some(entry) = fields.take_exact("task") {
        return Some(StepConfig::Task(Box::new(TaskStep::decode(decoder, entry, fields))));
    }
    if let Some(entry) = fields.take_exact("put") {
        return Some(StepConfig::Put(PutStep::decode(decoder, entry, fields)));
    }
    if let Some(entry) = fields.take_exact("get") {
        return Some(StepConfig::Get(GetStep::decode(decoder, entry, fields)));
    }
    from_timeout_on(decoder, fields)
}

fn from_timeout_on(decoder: &mut Decoder, fields: &mut Fields) -> Option<StepConfig> {
    let Some(entry) = fields.take_exact("timeout") else { return from_other_core(decoder, fields) };
    let (span, key_span) = (entry.value.span, entry.key.span);
    let duration = decoder.within("timeout", |decoder| decoder.text(entry.value));
    let duration = duration.unwrap_or_else(|| crate::Spanned::new(String::new(), span));
    let step = Box::new(from_other_core(decoder, fields)?);
    Some(StepConfig::Timeout(TimeoutStep { duration, step, span: fields.span, key_span }))
}

fn from_other_core(decoder: &mut Decoder, fields: &mut Fields) -> Option<StepConfig> {
    if let Some(entry) = fields.take_exact("set_pipeline") {
        return Some(StepConfig::SetPipeline(SetPipelineStep::decode(decoder, entry, fields)));
    }
    if let Some(entry) = fields.take_exact("load_var") {
        return Some(StepConfig::LoadVar(LoadVarStep::decode(decoder, entry, fields)));
    }
    if let Some(entry) = fields.take_exact("try") {
        return TryStep::decode(decoder, entry, fields).map(StepConfig::Try);
    }
    if let Some(entry) = fields.take_exact("do") {
        return Some(StepConfig::Do(DoStep::decode(decoder, entry, fields)));
    }
    if let Some(entry) = fields.take_exact("in_parallel") {
        return InParallelStep::decode(decoder, entry, fields).map(StepConfig::InParallel);
    }
    decoder.note(MistakeKind::NoCoreStep, fields.span);
    None
}
