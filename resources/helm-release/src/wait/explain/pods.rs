//! The pods behind an object: what their containers do, and what they said last.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kit::report;
use kube::api::{ListParams, LogParams};
use kube::{Api, Client, ResourceExt};
use serde_json::Value;

use super::events::Events;
use crate::cluster::ApiError;
use crate::release::retrying;
use crate::wait::readiness::{State, readiness};

const MOST_PODS: usize = 3;
const LOG_LINES: i64 = 20;
/// A test that somebody wants to read says more than the end.
const TEST_LOG_LINES: i64 = 1000;
/// Lines of a log can be endless.
const LOG_BYTES: i64 = 64 * 1024;

/// Tells of the pods that belong to `object` and are not ready, and returns what is wrong with the first that time alone
/// does not mend.
pub(super) async fn tell(
    client: &Client,
    namespace: &str,
    object: &Value,
    events: &Events,
) -> Option<String> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let pods = match belonging(&api, object).await {
        Ok(pods) => pods,
        Err(problem) => {
            let problem = kit::Error::from(problem);
            report::warn(format!("pods can't be read (the role needs `get` and `list` on pods): {problem}"));
            return None;
        }
    };
    let owner = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    for pod in pods.iter().filter(|pod| !is_ready(pod)).take(MOST_PODS) {
        report::info(format!("    pod `{}`: {}", pod.name_any(), reason(pod)));
        // A pod named after its owner has been told of with it.
        if !pod.name_any().starts_with(&format!("{owner}-")) && pod.name_any() != owner {
            events.tell(&pod.name_any());
        }
        for container in statuses(pod).filter(|container| !container.ready) {
            tell_container(&api, &pod.name_any(), container).await;
        }
    }
    let stuck = pods.iter().map(|pod| readiness(&value(pod))).find(|found| found.state == State::Failed);
    stuck.map(|found| found.reason)
}

async fn belonging(api: &Api<Pod>, object: &Value) -> Result<Vec<Pod>, ApiError> {
    if object.get("kind").and_then(Value::as_str) == Some("Pod") {
        let pod: Option<Pod> = serde_json::from_value(object.clone()).ok();
        return Ok(pod.into_iter().collect());
    }
    let labels = object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let Some(labels) = labels.filter(|labels| !labels.is_empty()) else { return Ok(Vec::new()) };
    let pairs = labels.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)));
    let parameters = ListParams::default().labels(&pairs.collect::<Vec<_>>().join(",")).limit(50);
    Ok(retrying("reading pods", || api.list(&parameters)).await?.items)
}

fn is_ready(pod: &Pod) -> bool {
    readiness(&value(pod)).is_ready()
}

fn reason(pod: &Pod) -> String {
    readiness(&value(pod)).reason
}

fn value(pod: &Pod) -> Value {
    let mut value = serde_json::to_value(pod).unwrap_or_default();
    value["kind"] = "Pod".into();
    value
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let init = status.and_then(|status| status.init_container_statuses.as_ref()).into_iter().flatten();
    // An init container that has done its work is not ready either, and nothing is wrong with it.
    let init = init.filter(|container| {
        let ended = container.state.as_ref().and_then(|state| state.terminated.as_ref());
        ended.is_none_or(|ended| ended.exit_code != 0)
    });
    init.chain(status.and_then(|status| status.container_statuses.as_ref()).into_iter().flatten())
}

async fn tell_container(api: &Api<Pod>, pod: &str, container: &ContainerStatus) {
    let ended = |state: &Option<k8s_openapi::api::core::v1::ContainerState>| {
        let ended = state.as_ref()?.terminated.as_ref()?;
        let reason = ended.reason.as_deref().unwrap_or_default();
        let message = ended.message.as_deref().unwrap_or_default();
        Some(format!("exit code {} {reason} {message}", ended.exit_code).trim_end().to_owned())
    };
    let restarted = container.restart_count > 0;
    if let Some(how) = ended(&container.state).or_else(|| ended(&container.last_state)) {
        let times =
            if restarted { format!(", restarted {} times", container.restart_count) } else { String::new() };
        report::info(format!("      container `{}` ended: {how}{times}", container.name));
    }
    let waits = container.state.as_ref().is_some_and(|state| state.waiting.is_some());
    if let Some(log) = log(api, pod, &container.name, restarted && waits, LOG_LINES).await {
        report::info(format!("      last lines of container `{}`:", container.name));
        log.lines().for_each(|line| report::info(format!("        {line}")));
    }
}

/// Returns the end of a container's log: of the run before if that one failed and its log is still there. A container
/// that never started has none, and saying so would say nothing.
async fn log(api: &Api<Pod>, pod: &str, container: &str, previous: bool, lines: i64) -> Option<String> {
    for previous in [previous, false] {
        let parameters = LogParams {
            container: Some(container.to_owned()),
            tail_lines: Some(lines),
            limit_bytes: Some(LOG_BYTES),
            previous,
            ..LogParams::default()
        };
        if let Ok(log) = api.logs(pod, &parameters).await
            && !log.trim().is_empty()
        {
            return Some(log);
        }
    }
    None
}

/// Shows the logs of all containers of the pods that belong to `object`: what a test has to say.
pub(super) async fn show_logs(client: &Client, namespace: &str, object: &Value) {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let pods = belonging(&api, object).await.unwrap_or_default();
    for pod in &pods {
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        for container in containers {
            let Some(log) = log(&api, &pod.name_any(), &container.name, false, TEST_LOG_LINES).await else {
                continue;
            };
            report::info(format!("log of pod `{}`, container `{}`:", pod.name_any(), container.name));
            log.lines().for_each(|line| report::info(format!("  {line}")));
        }
    }
}
