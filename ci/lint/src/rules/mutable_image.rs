//! a task image whose tag can change at any time

use pipeline::model::{ImageResource, StepConfig};

use crate::context::Context;
use crate::images::ImageReference;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "mutable-image",
    severity: Severity::Warning,
    summary: "a task image whose tag can change at any time",
    explanation: "\
Without a tag, or with `latest`, a task runs on whatever was pushed last, so a build that worked yesterday fails
today without a change. Name a version, best with its digest:

    image_resource:
      type: registry-image
      source: {repository: golang, tag: \"1.26\"}
      version: {digest: \"sha256:…\"}

A tag that is no digest is told as a hint.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    context.each_step(|_, step| {
        let StepConfig::Task(task) = step else { return };
        let Some(source) = context.task_config(task) else { return };
        let Some(image) = &source.config.image_resource else { return };
        if let Some(diagnostic) = judge(image) {
            found.push(diagnostic.in_file(source.file));
        }
    });
}

fn judge(image: &ImageResource) -> Option<Diagnostic> {
    let reference = ImageReference::of(image)?;
    if reference.has_digest {
        return None;
    }
    match reference.tag.as_deref() {
        None => {
            let message = format!("the image `{}` has no tag, so it is `latest`", reference.repository);
            Some(Diagnostic::new(&INFO, message, reference.span).label("changes whenever somebody pushes"))
        }
        Some("latest") => {
            let message = format!("the image `{}` has the tag `latest`", reference.repository);
            Some(Diagnostic::new(&INFO, message, reference.span).label("changes whenever somebody pushes"))
        }
        Some(tag) => {
            let message = format!("the image `{}:{tag}` has no digest", reference.repository);
            Some(Diagnostic::new(&INFO, message, reference.span).severity(Severity::Hint))
        }
    }
}
