//! Says why a release did not become ready: which object, which condition, the newest events, the last lines of the
//! failing containers' logs. Needs no rights beyond the namespace, and goes on where one is missing.

mod events;
mod pods;

use kit::report;
use serde_json::Value;

use super::readiness::State;
use super::survey::{Survey, survey};
use crate::cluster::Connection;
use crate::manifest::{Mask, objects};
use crate::release::{Hook, Record};
use events::Events;

/// A release of hundreds of broken objects has one cause; more than this many explanations bury it.
const MOST_EXPLAINED: usize = 10;

/// Explains on stderr what is wrong with the objects and hooks of a revision, and returns the first reason in one line.
pub async fn explain(connection: &Connection, record: &Record) -> Option<String> {
    let Ok(rendered) = objects(&record.manifest) else { return None };
    let hooks: Vec<&Hook> = record.hooks.iter().filter(|hook| hook_needs_explanation(hook)).collect();
    let hook_objects: Vec<_> =
        hooks.iter().filter_map(|hook| objects(&hook.manifest).ok()).flatten().collect();
    let mut mask = Mask::default();
    mask.learn_objects(&rendered);
    mask.learn_objects(&hook_objects);
    let mut surveys = survey(&connection.client, &record.namespace, &hook_objects).await;
    surveys.extend(survey(&connection.client, &record.namespace, &rendered).await);
    let broken: Vec<&Survey> = surveys.iter().filter(|each| !each.readiness.is_ready()).collect();
    if broken.is_empty() {
        return None;
    }
    report::warn(format!("{} of {} objects are not ready", broken.len(), surveys.len()));
    let events = Events::fetch(&connection.client, &record.namespace).await;
    let mut reasons = Vec::new();
    for each in broken.iter().take(MOST_EXPLAINED) {
        let pod = one(connection, &record.namespace, each, &events).await;
        reasons.push(format!("{}: {}", each.object, pod.as_ref().unwrap_or(&each.readiness.reason)));
    }
    if broken.len() > MOST_EXPLAINED {
        report::info(format!("  … and {} more", broken.len() - MOST_EXPLAINED));
    }
    // Of several, one that failed tells more than one that waits for it.
    let first = broken.iter().position(|each| each.readiness.state == State::Failed).unwrap_or_default();
    reasons.into_iter().nth(first)
}

/// Shows the logs of a release's tests.
pub async fn show_test_logs(connection: &Connection, record: &Record) {
    for hook in record.hooks.iter().filter(|hook| hook.is_test() && !hook.last_run.phase.is_empty()) {
        let Ok(hooks) = objects(&hook.manifest) else { continue };
        for survey in survey(&connection.client, &record.namespace, &hooks).await {
            if let Some(live) = &survey.live {
                pods::show_logs(&connection.client, &record.namespace, live).await;
            }
        }
    }
}

fn hook_needs_explanation(hook: &Hook) -> bool {
    matches!(hook.last_run.phase.as_str(), "Failed" | "Running")
}

/// Tells of one object, and returns what is wrong with its pods, where that is the cause.
async fn one(connection: &Connection, namespace: &str, survey: &Survey, events: &Events) -> Option<String> {
    report::info(format!("{}: {}", survey.object, survey.readiness.reason));
    for line in conditions(survey.live.as_ref()) {
        report::info(format!("    {line}"));
    }
    events.tell(&survey.object.name);
    let live = survey.live.as_ref()?;
    let place = if survey.object.namespace.is_empty() { namespace } else { &survey.object.namespace };
    pods::tell(&connection.client, place, live, events).await
}

/// Returns the conditions that are not as they should be, apart from the one that is the reason already.
fn conditions(live: Option<&Value>) -> Vec<String> {
    let conditions = live.and_then(|live| live.pointer("/status/conditions")).and_then(Value::as_array);
    let text = |condition: &Value, name: &str| {
        condition.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    conditions
        .into_iter()
        .flatten()
        .filter(|condition| text(condition, "status") != "True" || text(condition, "type").contains("Fail"))
        .map(|condition| {
            let (name, status) = (text(condition, "type"), text(condition, "status"));
            format!("{name} is {status}: {} {}", text(condition, "reason"), text(condition, "message"))
        })
        .collect()
}
