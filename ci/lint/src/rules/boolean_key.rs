//! a key that YAML 1.1 reads as a boolean or number

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::yaml::{Style, Value, means};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "boolean-key",
    severity: Severity::Warning,
    summary: "a key that YAML 1.1 reads as a boolean or number",
    explanation: "\
YAML 1.1, which Concourse reads, takes a plain `y`, `n`, `yes`, `no`, `on`, `off`, `true` and `false` for
booleans, also as keys, and numbers lose their form:

    params: {N: 1, 0777: x}      # variables named `false` and `511`

Put such keys in quotes.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(root) = context.root() else { return };
    root.walk(&mut |node| {
        let Some(map) = node.as_map() else { return };
        for entry in map {
            let written = context.text(entry.key.span);
            let is_trap = entry.key.style == Style::Plain && entry.name() != written && !written.is_empty();
            if !is_trap || matches!(entry.key.value, Value::String(_)) {
                continue;
            }
            let meaning = means(written).unwrap_or_else(|| "something else".into());
            let message = format!("the key `{written}` is {meaning} in YAML 1.1");
            found.push(
                Diagnostic::new(&INFO, message, entry.key.span)
                    .label(format!("read as `{}`", entry.name()))
                    .safe_fix("put the key in quotes", entry.key.span, format!("\"{written}\"")),
            );
        }
    });
}
