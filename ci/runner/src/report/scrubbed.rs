//! Events without secrets, their words and numbers left as they are: machines read them.

use kit::redact::scrub;

use super::RunEvent;
use crate::event::{Event, Tree};
use crate::version::{Metadata, Version};

/// Takes secrets out of all that pipelines and processes name and say.
pub(super) fn event(event: &Event) -> Event {
    match event {
        Event::Planned { parent, label, tree } => {
            Event::Planned { parent: *parent, label: text(label), tree: steps(tree) }
        }
        Event::Log { step, text: said } => Event::Log { step: *step, text: text(said) },
        Event::Version { step, version, metadata } => {
            let fact = |fact: &Metadata| Metadata { name: fact.name.clone(), value: text(&fact.value) };
            Event::Version {
                step: *step,
                version: fields(version),
                metadata: metadata.iter().map(fact).collect(),
            }
        }
        Event::Started { .. } | Event::Finished { .. } | Event::Skipped { .. } => event.clone(),
    }
}

/// Takes secrets out of what is told of the run itself.
pub(super) fn run_event(event: RunEvent) -> RunEvent {
    match event {
        RunEvent::RunStarted { pipeline, job, title } => RunEvent::RunStarted {
            pipeline: text(&pipeline),
            job: job.map(|job| text(&job)),
            title: text(&title),
        },
        RunEvent::RunFinished { status, message } => {
            RunEvent::RunFinished { status, message: message.map(|message| text(&message)) }
        }
    }
}

fn steps(tree: &Tree) -> Tree {
    let children = tree.children.iter().map(steps).collect();
    Tree { step: tree.step, key: tree.key.clone(), name: text(&tree.name), children }
}

fn fields(version: &Version) -> Version {
    version.fields().map(|(name, value)| (name.to_owned(), text(value))).collect()
}

fn text(text: &str) -> String {
    scrub(text).into_owned()
}
