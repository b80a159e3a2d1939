//! an anchor without an alias

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unused-anchor",
    severity: Severity::Hint,
    summary: "an anchor without an alias",
    explanation: "\
An anchor (`&name`) that no alias (`*name`) uses does nothing. Remove it, or use it where text is repeated.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for anchor in context.document().anchors.iter().filter(|anchor| !anchor.used) {
        let message = format!("nothing uses the anchor `{}`", anchor.name);
        found.push(Diagnostic::new(&INFO, message, anchor.span));
    }
}
