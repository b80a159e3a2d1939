//! What Concourse itself says: syntax, decoding, validation, variables, and keys written twice.

use pipeline::model::{Mistake, MistakeKind};
use pipeline::validate::{Finding, Rule as Validation};
use pipeline::yaml::{Value, resolve_plain};

use super::{with_nearest, wrong_kind};
use crate::context::Context;
use crate::rule::Rule;
use crate::variables::whole_variable;
use crate::{Diagnostic, RuleInfo, Severity};

macro_rules! info {
    ($constant:ident, $name:literal, $severity:ident, $summary:literal, $explanation:literal) => {
        pub(crate) static $constant: RuleInfo = RuleInfo {
            name: $name,
            severity: Severity::$severity,
            summary: $summary,
            explanation: $explanation,
        };
    };
}

info!(
    YAML_SYNTAX,
    "yaml-syntax",
    Error,
    "text that is not YAML 1.1",
    "The text cannot be read. Concourse reads YAML 1.1; what newer readers take may be refused.\n"
);
info!(
    ALLOW_WITHOUT_REASON,
    "allow-without-reason",
    Warning,
    "a comment that allows something and does not say why",
    "Write the reason behind the parenthesis: `# lint: allow(rule) the reason`. Without one the comment allows nothing.\n"
);
info!(
    UNUSED_ALLOW,
    "unused-allow",
    Warning,
    "a comment that allows what is not found",
    "The rule finds nothing on the line that the comment counts for. Remove the comment, so that it does not hide something later.\n"
);
info!(
    DUPLICATE_KEY,
    "duplicate-key",
    Error,
    "a key written twice in one map",
    "`fly` and `set_pipeline` refuse a map with the same key twice. Keys are compared as they are written, before YAML gives them a meaning.\n"
);
info!(
    WRONG_TYPE,
    "wrong-type",
    Error,
    "a value of another kind than its field takes",
    "Concourse decodes the pipeline into typed fields and refuses values of another kind. Within steps and task configs even numbers are not made text: `timeout: 5` is refused.\n"
);
info!(
    UNKNOWN_KEY,
    "unknown-key",
    Error,
    "a key that the object does not have",
    "The server refuses keys that a job, a resource, a step or a task config does not have. `fly validate-pipeline` only does so with `--strict`.\n"
);
info!(
    NOT_A_STEP,
    "not-a-step",
    Error,
    "a step without a key that says what it does",
    "A step needs one of `get`, `put`, `task`, `set_pipeline`, `load_var`, `try`, `do`, `in_parallel` or `run`. The former `aggregate` is `in_parallel` now.\n"
);
info!(
    BAD_VALUE,
    "bad-value",
    Error,
    "a value that its field refuses",
    "The field takes only certain values, and Concourse refuses the pipeline. The message says what is wrong.\n"
);
info!(
    VALIDATION,
    "validation",
    Error,
    "what Concourse's validation refuses",
    "The server refuses the pipeline with this message.\n"
);
info!(
    INVALID_IDENTIFIER,
    "invalid-identifier",
    Warning,
    "a name that is no identifier",
    "Names start with a lower-case letter or a digit, hold lower-case letters, digits, `-`, `_` and `.`, and are not digits only. Others still work, with a warning that `validate-pipeline --strict` refuses.\n"
);
info!(
    DEPRECATED,
    "deprecated",
    Warning,
    "something that Concourse will drop or that others replace",
    "Concourse warns of it when the pipeline is set.\n"
);

/// Returns what is known of these rules.
pub(super) fn infos() -> Vec<&'static RuleInfo> {
    vec![
        &YAML_SYNTAX,
        &ALLOW_WITHOUT_REASON,
        &UNUSED_ALLOW,
        &DUPLICATE_KEY,
        &WRONG_TYPE,
        &UNKNOWN_KEY,
        &NOT_A_STEP,
        &BAD_VALUE,
        &VALIDATION,
        &INVALID_IDENTIFIER,
        &DEPRECATED,
    ]
}

pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule { info: &DUPLICATE_KEY, check: duplicate_keys },
        Rule { info: &WRONG_TYPE, check: mistakes },
        Rule { info: &VALIDATION, check: validation },
    ]
}

fn duplicate_keys(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for duplicate in &context.document().duplicates {
        let line = context.source.position(duplicate.first.start()).line;
        found.push(
            Diagnostic::new(&DUPLICATE_KEY, duplicate.message(line), duplicate.span)
                .label("written again")
                .related(duplicate.first, "first written here"),
        );
    }
}

fn mistakes(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for mistake in &context.checked.decoded.mistakes {
        if is_of_lacking_merge(context, mistake) {
            continue;
        }
        if let Some(diagnostic) = wrong_kind::of_mistake(context, mistake) {
            found.push(diagnostic);
            continue;
        }
        let diagnostic = |info| Diagnostic::new(info, mistake.message(), mistake.span);
        found.push(match &mistake.kind {
            MistakeKind::UnknownField { name, known } => {
                let object = mistake.path.rsplit('.').next().unwrap_or_default();
                let message = format!("there is no key `{name}` here");
                let diagnostic = Diagnostic::new(&UNKNOWN_KEY, message, mistake.span)
                    .label("refused by the server")
                    .note(format!("in `{}`", if object.is_empty() { "the pipeline" } else { &mistake.path }));
                match (name.as_str(), object.starts_with("jobs[")) {
                    ("steps", true) => diagnostic.suggestion("write `plan`", mistake.span, "plan"),
                    _ => with_nearest(diagnostic, name, known.iter().copied(), mistake.span),
                }
            }
            MistakeKind::WrongType { .. } => with_quotes(context, diagnostic(&WRONG_TYPE), mistake),
            MistakeKind::NoStep | MistakeKind::NoCoreStep => {
                diagnostic(&NOT_A_STEP).help("say what it does: `get`, `put`, `task`, `do`, `in_parallel`, …")
            }
            MistakeKind::BadValue(_) => diagnostic(&BAD_VALUE),
        });
    }
}

/// Returns whether a mistake is only there because a `<<` has no value yet, which is told by itself.
fn is_of_lacking_merge(context: &Context<'_>, mistake: &Mistake) -> bool {
    match &mistake.kind {
        MistakeKind::UnknownField { name, .. } => name == "<<",
        MistakeKind::NoStep | MistakeKind::NoCoreStep => context.lacks_merge(mistake.span),
        _ => false,
    }
}

/// Proposes quotes where text was meant, and says so where a variable was left.
fn with_quotes(context: &Context<'_>, diagnostic: Diagnostic, mistake: &Mistake) -> Diagnostic {
    let MistakeKind::WrongType { expected, .. } = &mistake.kind else { return diagnostic };
    let written = context.text(mistake.span);
    if whole_variable(written).is_some() {
        // What it becomes is not known without its value.
        let help = format!("give it a value with `-y`, which must be {expected}; at run time it is too late");
        return diagnostic.severity(Severity::Hint).help(help);
    }
    match (*expected, written) {
        ("a boolean", _) => match resolve_plain(written.trim_matches(['"', '\''])) {
            Value::Bool(value) => {
                diagnostic.suggestion("take the quotes away", mistake.span, value.to_string())
            }
            _ => diagnostic,
        },
        ("a string", _) if mistake.path.ends_with("timeout") => {
            diagnostic.help("write a duration with its unit, such as `5m`")
        }
        ("a string", text) if is_one_word(text) => {
            diagnostic.suggestion("put it in quotes", mistake.span, format!("\"{text}\""))
        }
        _ => diagnostic,
    }
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.contains('\n') && !text.starts_with(['[', '{'])
}

fn validation(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let report = &context.checked.report;
    for finding in report.errors.iter().chain(&report.warnings) {
        found.push(told(context, finding, report.warnings.contains(finding)));
    }
}

fn told(context: &Context<'_>, finding: &Finding, is_warning: bool) -> Diagnostic {
    let info = match finding.rule {
        Validation::InvalidIdentifier => &INVALID_IDENTIFIER,
        Validation::UnknownField => &UNKNOWN_KEY,
        Validation::BuildLogRetention if is_warning => &DEPRECATED,
        _ => &VALIDATION,
    };
    let severity = if is_warning { Severity::Warning } else { Severity::Error };
    let mut diagnostic = Diagnostic::new(info, finding.message.clone(), finding.span).severity(severity);
    for (span, label) in &finding.related {
        diagnostic = diagnostic.related(*span, *label);
    }
    advised(context, finding, diagnostic)
}

/// Adds advice where the pipeline has a name that is near.
fn advised(context: &Context<'_>, finding: &Finding, diagnostic: Diagnostic) -> Diagnostic {
    let pipeline = context.pipeline();
    let written = context.text(finding.span).trim_matches(['"', '\'']);
    match finding.rule {
        Validation::UnknownResource => {
            let names = pipeline.resources.iter().map(|resource| resource.name.as_str());
            with_nearest(diagnostic, written, names, finding.span)
        }
        Validation::PassedJob | Validation::GroupJobs => {
            let names = pipeline.jobs.iter().map(|job| job.name.as_str());
            with_nearest(diagnostic, written, names, finding.span)
        }
        Validation::GroupResources => {
            let names = pipeline.resources.iter().map(|resource| resource.name.as_str());
            with_nearest(diagnostic, written, names, finding.span)
        }
        Validation::UnusedResource => diagnostic.help("remove it, or get or put it in a job"),
        _ => diagnostic,
    }
}
