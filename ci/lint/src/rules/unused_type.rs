//! a resource type or prototype that nothing uses

use std::collections::HashSet;

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unused-type",
    severity: Severity::Warning,
    summary: "a resource type or prototype that nothing uses",
    explanation: "\
Concourse keeps checking the images of types and prototypes that no resource, image, type or step uses.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let pipeline = context.pipeline();
    let mut used: HashSet<&str> = pipeline.resources.iter().map(|resource| resource.kind.as_str()).collect();
    let mut messages: HashSet<&str> = HashSet::new();
    let types =
        pipeline.resource_types.iter().chain(pipeline.prototypes.iter().map(|prototype| &prototype.0));
    // A type named after its own base is not its own user.
    used.extend(types.filter(|other| other.kind.value != other.name.value).map(|other| other.kind.as_str()));
    let mut images_elsewhere = false;
    context.each_step(|_, step| match step {
        StepConfig::Task(task) => match context.task_config(task) {
            Some(source) => used.extend(source.config.image_resource.iter().map(|image| image.kind.as_str())),
            None => images_elsewhere |= task.image.is_none(),
        },
        StepConfig::Run(run) => {
            messages.insert(run.kind.as_str());
        }
        _ => {}
    });
    for resource_type in &pipeline.resource_types {
        if used.contains(resource_type.name.as_str()) || resource_type.name.is_empty() {
            continue;
        }
        let message = format!("nothing uses the resource type `{}`", resource_type.name.value);
        let diagnostic = Diagnostic::new(&INFO, message, resource_type.name.span);
        // A task whose file is not here may have an image of this type.
        found.push(if images_elsewhere { diagnostic.severity(Severity::Hint) } else { diagnostic });
    }
    for prototype in
        pipeline.prototypes.iter().filter(|prototype| !messages.contains(prototype.0.name.as_str()))
    {
        let message = format!("nothing uses the prototype `{}`", prototype.0.name.value);
        found.push(Diagnostic::new(&INFO, message, prototype.0.name.span));
    }
}
