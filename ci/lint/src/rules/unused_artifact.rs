//! an artifact that nothing uses

use pipeline::model::StepConfig;

use crate::context::Context;
use crate::flow::ArtifactKind;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unused-artifact",
    severity: Severity::Warning,
    summary: "an artifact that nothing uses",
    explanation: "\
A get that neither triggers the job nor is used by a later step only costs time, and an output that no later
step uses is thrown away with the build.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (job, flow) in context.pipeline().jobs.iter().zip(context.flows()) {
        let mut purposeful = Vec::new();
        job.walk(&mut |step| {
            if let StepConfig::Get(get) = step
                && (get.triggers() || !get.passed.is_empty())
            {
                purposeful.push(get.name.span);
            }
        });
        for artifact in flow.artifacts.iter().filter(|artifact| !artifact.used) {
            match artifact.kind {
                ArtifactKind::Get if !purposeful.contains(&artifact.span) => {
                    let message =
                        format!("nothing uses `{}`, and it does not trigger the job", artifact.name);
                    found.push(Diagnostic::new(&INFO, message, artifact.span).label("fetched for nothing"));
                }
                ArtifactKind::Output if artifact.file == 0 => {
                    let message = format!("no later step uses the output `{}`", artifact.name);
                    found.push(Diagnostic::new(&INFO, message, artifact.span).severity(Severity::Hint));
                }
                ArtifactKind::Get | ArtifactKind::Put | ArtifactKind::Output => {}
            }
        }
    }
}
