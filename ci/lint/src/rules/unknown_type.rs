//! a resource type that neither the pipeline nor Concourse brings along

use crate::TypeSchemas;
use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unknown-type",
    severity: Severity::Hint,
    summary: "a resource type that neither the pipeline nor Concourse brings along",
    explanation: "\
The pipeline defines no such type under `resource_types:`, and it is none of those that Concourse's own images
bring along. Workers may have further types; if yours do, allow this in a comment.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let pipeline = context.pipeline();
    let defined: Vec<&str> =
        pipeline.resource_types.iter().map(|resource_type| resource_type.name.as_str()).collect();
    let kinds = pipeline.resources.iter().map(|resource| &resource.kind);
    let kinds = kinds.chain(pipeline.resource_types.iter().map(|resource_type| &resource_type.kind));
    for kind in kinds.filter(|kind| !kind.is_empty() && !kind.contains("((")) {
        if defined.contains(&kind.as_str()) || TypeSchemas::is_base_type(kind) {
            continue;
        }
        let message = format!("the pipeline defines no resource type `{}`", kind.value);
        let diagnostic = Diagnostic::new(&INFO, message, kind.span).label("a worker must bring it along");
        let known = context
            .schemas()
            .names()
            .into_iter()
            .map(str::to_owned)
            .chain(defined.iter().map(|name| (*name).to_owned()));
        let known: Vec<String> = known.collect();
        found.push(match super::nearest(kind, known.iter().map(String::as_str)) {
            Some(name) => {
                diagnostic.severity(Severity::Warning).suggestion(format!("write `{name}`"), kind.span, name)
            }
            None => diagnostic,
        });
    }
}
