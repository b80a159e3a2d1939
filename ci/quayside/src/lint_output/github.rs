//! Annotations that GitHub's workflows show beside the lines.

use lint::{Linted, Severity};

use super::LeftOut;

pub(super) fn render(all: &[Linted], left_out: &[LeftOut]) -> String {
    let mut text = String::new();
    for linted in all {
        for diagnostic in &linted.diagnostics {
            let Some(source) = linted.sources.get(diagnostic.label.file) else { continue };
            let start = source.position(diagnostic.label.span.start());
            let end = source.position(diagnostic.label.span.end());
            let command = command(diagnostic.severity);
            let mut message = diagnostic.message.clone();
            let advice = diagnostic.notes.iter().chain(&diagnostic.help);
            advice.for_each(|advice| message.push_str(&format!("\n{advice}")));
            text.push_str(&format!(
                "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
                property(source.name()),
                start.line,
                start.column,
                end.line,
                end.column,
                property(diagnostic.rule.name),
                escaped(&message),
            ));
        }
    }
    for left in left_out {
        let (file, rule) = (property(&left.file), property(left.rule));
        text.push_str(&format!(
            "::{} file={file},title={rule}::{}\n",
            command(left.severity),
            escaped(&left.told())
        ));
    }
    text
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    }
}

/// Escapes what the command's syntax uses; what plays tricks on readers does not reach the log.
fn escaped(text: &str) -> String {
    pipeline::visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}
