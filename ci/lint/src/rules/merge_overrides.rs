//! a `<<` that replaces a key written before it

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "merge-overrides",
    severity: Severity::Warning,
    summary: "a `<<` that replaces a key written before it",
    explanation: "\
In most readers of YAML a key that is written out wins over a merged one. In Concourse the later of the two
wins, so a `<<` behind a key replaces it:

    {name: mine, <<: *base}      # the name is that of base

Put `<<` first.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for overridden in &context.document().overridden {
        let message = format!("`{}` is replaced by the merge below it", context.text(overridden.key));
        found.push(
            Diagnostic::new(&INFO, message, overridden.key)
                .label("this value is lost")
                .related(overridden.merge, "merged later, so this wins")
                .help("put `<<` before the keys that shall win"),
        );
    }
}
