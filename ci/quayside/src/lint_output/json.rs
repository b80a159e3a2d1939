//! One JSON document, for other programs.

use lint::{Diagnostic, Label, Linted};
use pipeline::Source;
use serde_json::{Value, json};

use super::{Counts, LeftOut};

pub(super) fn render(all: &[Linted], counts: &Counts, left_out: &[LeftOut]) -> String {
    let found: Vec<Value> = all
        .iter()
        .flat_map(|linted| linted.diagnostics.iter().map(|diagnostic| finding(diagnostic, &linted.sources)))
        .collect();
    let document = json!({
        "errors": counts.errors,
        "warnings": counts.warnings,
        "hints": counts.hints,
        "findings": found,
        "left_out": left_out.iter().map(left).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn left(left: &LeftOut) -> Value {
    json!({ "file": left.file, "rule": left.rule, "severity": left.severity.name(), "count": left.count })
}

fn finding(diagnostic: &Diagnostic, sources: &[Source]) -> Value {
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let edits: Vec<Value> = fix
            .edits
            .iter()
            .map(|(span, text)| {
                let label = Label { file: diagnostic.label.file, span: *span, text: String::new() };
                json!({ "place": place(&label, sources), "replacement": text })
            })
            .collect();
        json!({ "title": fix.title, "safe": fix.is_safe, "edits": edits })
    });
    json!({
        "rule": diagnostic.rule.name,
        "severity": diagnostic.severity.name(),
        "message": diagnostic.message,
        "place": place(&diagnostic.label, sources),
        "related": diagnostic.related.iter().map(|label| place(label, sources)).collect::<Vec<_>>(),
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "fix": fix,
    })
}

fn place(label: &Label, sources: &[Source]) -> Value {
    let Some(source) = sources.get(label.file) else { return Value::Null };
    let start = source.position(label.span.start());
    let end = source.position(label.span.end());
    json!({
        "file": source.name(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "text": label.text,
    })
}
