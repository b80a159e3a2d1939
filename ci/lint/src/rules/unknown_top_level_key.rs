//! a key at the top that pipelines do not have

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unknown-top-level-key",
    severity: Severity::Warning,
    summary: "a key at the top that pipelines do not have",
    explanation: "\
The server and `set_pipeline` drop keys at the top that they do not know, and
`fly validate-pipeline --strict` refuses them. A typo such as `resourcs:` loses a whole section.

A section that only holds anchors is better put under `user_data:`, which Concourse 8.2 and later accept.
",
};

const KNOWN: &[&str] =
    &["groups", "var_sources", "resources", "resource_types", "prototypes", "jobs", "display", "user_data"];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for field in &context.checked.decoded.unknown_top_level {
        let message = format!("pipelines have no `{}`", field.name);
        let holds_anchor =
            context.document().anchors.iter().any(|anchor| anchor.span.start() > field.span.start());
        let mut diagnostic = Diagnostic::new(&INFO, message, field.span)
            .label("dropped by the server, refused by `validate-pipeline --strict`");
        if holds_anchor && super::nearest(&field.name, KNOWN.iter().copied()).is_none() {
            diagnostic = diagnostic.help("keep anchors under `user_data:`");
        }
        found.push(super::with_nearest(diagnostic, &field.name, KNOWN.iter().copied(), field.span));
    }
}
