//! a duration that fails when it is needed

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::Spanned;
use pipeline::model::{StepConfig, parse_duration};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "bad-duration",
    severity: Severity::Error,
    summary: "a duration that fails when it is needed",
    explanation: "\
Concourse looks at `timeout:` of gets, puts, tasks and runs, and at `check_timeout:`, only when it uses them;
a mistake errors the build or the check:

    timeout: 5 min      # write 5m

Durations are numbers with units: `ns us ms s m h`, such as `1h30m`.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for resource in &context.pipeline().resources {
        check_one(resource.check_timeout.as_ref(), "every check of it errors", found);
    }
    context.each_step(|_, step| {
        let timeout = match step {
            StepConfig::Get(get) => get.timeout.as_ref(),
            StepConfig::Put(put) => put.timeout.as_ref(),
            StepConfig::Task(task) => task.timeout.as_ref(),
            StepConfig::Run(run) => run.timeout.as_ref(),
            _ => None,
        };
        check_one(timeout, "the build errors here", found);
    });
}

fn check_one(duration: Option<&Spanned<String>>, effect: &str, found: &mut Vec<Diagnostic>) {
    let Some(duration) = duration.filter(|duration| !duration.is_empty() && !duration.contains("((")) else {
        return;
    };
    let Err(error) = parse_duration(duration) else { return };
    let diagnostic = Diagnostic::new(&INFO, format!("`{}` is no duration", duration.value), duration.span)
        .label(effect)
        .note(error.to_string());
    found.push(match repaired(duration) {
        Some(repaired) => diagnostic.suggestion(format!("write `{repaired}`"), duration.span, repaired),
        None => diagnostic.help("write numbers with the units `ns us ms s m h`, such as `1h30m`"),
    });
}

/// Returns what was most likely meant: `5 min` as `5m`, `1d` as `24h`.
fn repaired(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    match text[digits..].trim().to_ascii_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => Some(format!("{number}s")),
        "min" | "mins" | "minute" | "minutes" => Some(format!("{number}m")),
        "hr" | "hrs" | "hour" | "hours" => Some(format!("{number}h")),
        "d" | "day" | "days" => number.checked_mul(24).map(|hours| format!("{hours}h")),
        "m" | "s" | "h" => Some(text.replace(' ', "")),
        _ => None,
    }
}
