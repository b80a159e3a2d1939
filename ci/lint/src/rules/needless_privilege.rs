//! `privileged: true` where it is most likely not needed

use pipeline::model::StepConfig;

use crate::context::Context;
use crate::images::ImageReference;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "needless-privilege",
    severity: Severity::Warning,
    summary: "`privileged: true` where it is most likely not needed",
    explanation: "\
A privileged container is root on the worker: who controls the task controls the worker and all that runs on
it. Only builders of images and programs that mount things need it. Images that are known to need it are not
told.
",
};

/// Parts of the names of images that need privileges.
const NEEDS_PRIVILEGE: &[&str] = &[
    "oci-build",
    "buildkit",
    "dind",
    "dcind",
    "docker",
    "kaniko",
    "buildah",
    "podman",
    "img",
    "bosh",
    "concourse/dev",
    "k3s",
    "kind",
];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    context.each_step(|_, step| {
        let StepConfig::Task(task) = step else { return };
        let Some(privileged) = task.privileged.as_ref().filter(|privileged| ***privileged) else { return };
        let Some(source) = context.task_config(task).filter(|_| task.image.is_none()) else { return };
        let Some(reference) = source.config.image_resource.as_ref().and_then(ImageReference::of) else {
            return;
        };
        if NEEDS_PRIVILEGE.iter().any(|part| reference.repository.contains(part)) {
            return;
        }
        let message =
            format!("task `{}` runs `{}` with all privileges", task.name.value, reference.repository);
        found.push(
            Diagnostic::new(&INFO, message, privileged.span)
                .label("root on the worker")
                .help("remove `privileged: true`, or allow it with the reason in a comment"),
        );
    });
    for resource_type in &context.pipeline().resource_types {
        let Some(privileged) = resource_type.privileged.as_ref().filter(|privileged| ***privileged) else {
            continue;
        };
        let repository = resource_type
            .source
            .as_ref()
            .and_then(|source| source.get("repository"))
            .and_then(|name| name.as_str());
        let Some(repository) =
            repository.filter(|name| !NEEDS_PRIVILEGE.iter().any(|part| name.contains(part)))
        else {
            continue;
        };
        let message =
            format!("resource type `{}` runs `{repository}` with all privileges", resource_type.name.value);
        found.push(Diagnostic::new(&INFO, message, privileged.span).label("root on the worker"));
    }
}
