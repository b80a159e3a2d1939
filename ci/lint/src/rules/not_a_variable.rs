//! parentheses that are meant as a variable and are none

use std::sync::LazyLock;

use pipeline::Span;
use regex::Regex;

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "not-a-variable",
    severity: Severity::Warning,
    summary: "parentheses that are meant as a variable and are none",
    explanation: "\
Concourse takes `((name))` for a variable only without blanks; anything else stays as text, and nobody says so:

    password: (( password ))      # the text `(( password ))`

There are no defaults and no operators either. In a shell's script `$(( x ))` is arithmetic and is not meant.
",
};

/// A name with blanks around it, and what stands before: a `$` makes it arithmetic.
static BLANKS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(^|[^$(])(\(\(\s*([A-Za-z_.][\w./:"@-]*)\s*\)\))"#).ok());

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(root), Some(blanks)) = (context.root(), BLANKS.as_ref()) else { return };
    root.walk(&mut |node| {
        let Some(text) = node.as_str().filter(|text| text.contains("((")) else { return };
        if !text.contains(char::is_whitespace) {
            return;
        }
        for groups in blanks.captures_iter(context.text(node.span)) {
            let (Some(whole), Some(name)) = (groups.get(2), groups.get(3)) else { continue };
            let is_variable = whole.as_str() == format!("(({}))", name.as_str());
            // A script of several lines may well say `(( count ))`, which is arithmetic to a shell.
            let may_be_script = text.contains('\n') && !name.as_str().contains(['.', ':', '/']);
            if is_variable || may_be_script {
                continue;
            }
            let start = node.span.start();
            let place = Span::new(start + whole.start(), start + whole.end());
            let variable = format!("(({}))", name.as_str());
            found.push(
                Diagnostic::new(
                    &INFO,
                    format!("`{}` is no variable, because of its blanks", whole.as_str()),
                    place,
                )
                .label("stays as it is")
                .inside(node.span)
                .suggestion(format!("write `{variable}`"), place, variable),
            );
        }
    });
}
