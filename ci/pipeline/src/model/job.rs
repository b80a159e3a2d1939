//! `jobs`.

use super::decode::{Decoder, Leftovers};
use super::step::{Step, decode_optional_step, decode_steps};
use super::{HookKind, StepConfig};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

const JOB_FIELDS: &[&str] = &[
    "name",
    "old_name",
    "public",
    "disable_manual_trigger",
    "disable_reruns",
    "serial",
    "interruptible",
    "serial_groups",
    "max_in_flight",
    "tags",
    "build_logs_to_retain",
    "build_log_retention",
    "on_success",
    "on_failure",
    "on_abort",
    "on_error",
    "ensure",
    "plan",
];
const RETENTION_FIELDS: &[&str] = &["builds", "minimum_succeeded_builds", "days"];

/// A job.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name; empty when missing.
    pub name: Spanned<String>,
    /// The name it had before.
    pub old_name: Option<Spanned<String>>,
    /// Whether everybody may see its builds.
    pub public: Option<Spanned<bool>>,
    /// Whether nobody may start it by hand.
    pub disable_manual_trigger: Option<Spanned<bool>>,
    /// Whether nobody may run a build of it again.
    pub disable_reruns: Option<Spanned<bool>>,
    /// Whether its builds run one at a time.
    pub serial: Option<Spanned<bool>>,
    /// Whether a stopping worker need not wait for its builds.
    pub interruptible: Option<Spanned<bool>>,
    /// Groups of jobs of which only one runs at a time.
    pub serial_groups: Vec<Spanned<String>>,
    /// How many builds may run at once.
    pub max_in_flight: Option<Spanned<i64>>,
    /// Tags of the workers for steps that name none.
    pub tags: Vec<Spanned<String>>,
    /// The older way to limit logs.
    pub build_logs_to_retain: Option<Spanned<i64>>,
    /// Which logs are kept.
    pub build_log_retention: Option<BuildLogRetention>,
    /// Steps that run after the plan.
    pub hooks: Hooks,
    /// The steps. Missing and empty are the same.
    pub plan: Vec<Step>,
    /// Where `plan:` has its value, when it is there.
    pub plan_span: Option<Span>,
    /// Where the job stands.
    pub span: Span,
}

/// Which build logs are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildLogRetention {
    /// For how many days.
    pub days: Option<Spanned<i64>>,
    /// Of how many builds.
    pub builds: Option<Spanned<i64>>,
    /// Of how many builds that succeeded, at least.
    pub minimum_succeeded_builds: Option<Spanned<i64>>,
    /// Where the settings stand.
    pub span: Span,
}

/// The hooks of a job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hooks {
    /// After success.
    pub on_success: Option<Step>,
    /// After a failure.
    pub on_failure: Option<Step>,
    /// After an abort.
    pub on_abort: Option<Step>,
    /// After an error.
    pub on_error: Option<Step>,
    /// Always.
    pub ensure: Option<Step>,
}

impl Hooks {
    /// Returns the hooks that are there, from the inside out.
    pub fn iter(&self) -> impl Iterator<Item = (HookKind, &Step)> {
        let all = [
            (HookKind::Success, &self.on_success),
            (HookKind::Failure, &self.on_failure),
            (HookKind::Abort, &self.on_abort),
            (HookKind::Error, &self.on_error),
            (HookKind::Ensure, &self.ensure),
        ];
        all.into_iter().filter_map(|(kind, hook)| hook.as_ref().map(|hook| (kind, hook)))
    }
}

impl Job {
    pub(super) fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        let mut fields = decoder.fields(node)?;
        let plan = fields.take("plan");
        let plan_span = plan.as_ref().map(|plan| plan.span);
        let mut hook = |name| fields.take(name).and_then(|node| decode_optional_step(decoder, name, node));
        let hooks = Hooks {
            on_success: hook("on_success"),
            on_failure: hook("on_failure"),
            on_abort: hook("on_abort"),
            on_error: hook("on_error"),
            ensure: hook("ensure"),
        };
        let job = Self {
            name: fields.required_text(decoder, "name"),
            old_name: fields.text(decoder, "old_name"),
            public: fields.boolean(decoder, "public"),
            disable_manual_trigger: fields.boolean(decoder, "disable_manual_trigger"),
            disable_reruns: fields.boolean(decoder, "disable_reruns"),
            serial: fields.boolean(decoder, "serial"),
            interruptible: fields.boolean(decoder, "interruptible"),
            serial_groups: fields.texts(decoder, "serial_groups"),
            max_in_flight: fields.whole(decoder, "max_in_flight"),
            tags: fields.tags(decoder),
            build_logs_to_retain: fields.whole(decoder, "build_logs_to_retain"),
            build_log_retention: fields
                .take("build_log_retention")
                .and_then(|node| decoder.within("build_log_retention", |decoder| retention(decoder, node))),
            hooks,
            plan: plan
                .map_or_else(Vec::new, |plan| decoder.within("plan", |decoder| decode_steps(decoder, plan))),
            plan_span,
            span: fields.span,
        };
        fields.finish(decoder, JOB_FIELDS, Leftovers::Refuse);
        Some(job)
    }

    /// Calls `visit` with every step of plan and hooks, modifiers included, from the outside in, the plan
    /// first.
    pub fn walk<'job>(&'job self, visit: &mut impl FnMut(&'job StepConfig)) {
        self.plan.iter().for_each(|step| step.config.walk(visit));
        self.hooks.iter().for_each(|(_, hook)| hook.config.walk(visit));
    }
}

fn retention(decoder: &mut Decoder, node: Node) -> Option<BuildLogRetention> {
    if node.is_null() {
        return None;
    }
    let mut fields = decoder.fields(node)?;
    let retention = BuildLogRetention {
        days: fields.whole(decoder, "days"),
        builds: fields.whole(decoder, "builds"),
        minimum_succeeded_builds: fields.whole(decoder, "minimum_succeeded_builds"),
        span: fields.span,
    };
    fields.finish(decoder, RETENTION_FIELDS, Leftovers::Refuse);
    Some(retention)
}
