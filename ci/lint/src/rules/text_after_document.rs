//! text behind the first document, which Concourse does not read

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "text-after-document",
    severity: Severity::Error,
    summary: "text behind the first document, which Concourse does not read",
    explanation: "\
Concourse reads the first YAML document of a file and nothing else: what follows a second `---` is ignored.
So are lines that are indented less than the first key, which end the document without a word:

      jobs: [...]
    resources: [...]      # never read
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(rest) = context.document().rest else { return };
    let line = context.text(rest).lines().next().unwrap_or_default();
    let span = pipeline::Span::new(rest.start(), rest.start() + line.len());
    let diagnostic = Diagnostic::new(&INFO, "Concourse does not read what follows from here", span);
    found.push(if line.starts_with("---") {
        diagnostic.label("a second document").help("put it into a file of its own")
    } else {
        diagnostic.label("indented less than the first key").help("indent all keys at the top alike")
    });
}
