//! a word that Concourse takes and does not know

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::{Inputs, LoadVarStep, StepConfig, VersionChoice};
use pipeline::{Span, Spanned};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unknown-word",
    severity: Severity::Error,
    summary: "a word that Concourse takes and does not know",
    explanation: "\
Some fields take a few words and pass over all others without a message:

- `version:` of a get with a word other than `latest` and `every` acts as `latest`;
- `inputs:` of a put with a word other than `detect` and `all` mounts nothing;
- `format:` of a `load_var` fails when the build runs.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    context.each_step(|_, step| match step {
        StepConfig::Get(get) => {
            let Some(Spanned { value: VersionChoice::Other(word), span }) = &get.version else { return };
            report(found, "version", word, *span, &["latest", "every"], "acts as `latest`");
        }
        StepConfig::Put(put) => {
            let Some(Spanned { value: Inputs::Other(word), span }) = &put.inputs else { return };
            report(found, "inputs", word, *span, &["detect", "all"], "the put sees no artifacts");
        }
        StepConfig::LoadVar(load) => {
            let Some(format) = load.format.as_ref().filter(|format| !format.is_empty()) else { return };
            if !LoadVarStep::FORMATS.contains(&format.as_str()) {
                report(found, "format", format, format.span, LoadVarStep::FORMATS, "the build errors here");
            }
        }
        _ => {}
    });
}

fn report(
    found: &mut Vec<Diagnostic>,
    field: &str,
    word: &str,
    span: Span,
    known: &[&'static str],
    effect: &str,
) {
    if word.contains("((") {
        return;
    }
    let message = format!("`{field}: {word}` means nothing to Concourse");
    let help = format!("it knows {}", super::listed(known));
    let diagnostic = Diagnostic::new(&INFO, message, span).label(effect).help(help);
    found.push(super::with_nearest(diagnostic, word, known.iter().copied(), span));
}
