//! SARIF 2.1.0, which code scanning services read.

use lint::{Diagnostic, Label, Linted, Severity, all_rules};
use pipeline::Source;
use serde_json::{Value, json};

use super::LeftOut;

pub(super) fn render(all: &[Linted], left_out: &[LeftOut]) -> String {
    let results: Vec<Value> = all
        .iter()
        .flat_map(|linted| linted.diagnostics.iter().map(|diagnostic| result(diagnostic, &linted.sources)))
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "quayside",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": all_rules().into_iter().map(rule).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": left_out.iter().map(notification).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn notification(left: &LeftOut) -> Value {
    json!({ "level": level(left.severity), "message": { "text": left.told() } })
}

fn rule(rule: &lint::RuleInfo) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.explanation.trim_end(), "markdown": rule.explanation.trim_end() },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn result(diagnostic: &Diagnostic, sources: &[Source]) -> Value {
    let mut message = diagnostic.message.clone();
    let advice = diagnostic.notes.iter().chain(&diagnostic.help);
    advice.for_each(|advice| message.push_str(&format!("\n{advice}")));
    json!({
        "ruleId": diagnostic.rule.name,
        "level": level(diagnostic.severity),
        "message": { "text": message },
        "locations": [location(&diagnostic.label, sources)],
        "relatedLocations": diagnostic.related.iter().map(|label| location(label, sources)).collect::<Vec<_>>(),
    })
}

fn location(label: &Label, sources: &[Source]) -> Value {
    let Some(source) = sources.get(label.file) else { return Value::Null };
    let start = source.position(label.span.start());
    let end = source.position(label.span.end());
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": { "uri": source.name() },
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    }});
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}
