//! Tells from an object's status whether it is ready, by the rules of kstatus, which Helm 4 waits by as well.
//! See <https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md>.

use serde::Serialize;
use serde_json::Value;

/// What an object has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ready,
    /// On the way.
    Progressing,
    /// It will not get there by itself.
    Failed,
    /// It is not there.
    Missing,
    /// It can't be told.
    Unknown,
}

/// What an object has come to, and why it is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// What.
    pub state: State,
    /// Why; empty where it is ready.
    pub reason: String,
}

impl Readiness {
    pub(super) fn new(state: State, reason: impl Into<String>) -> Self {
        Self { state, reason: reason.into() }
    }

    fn ready() -> Self {
        Self::new(State::Ready, "")
    }

    fn progressing(reason: impl Into<String>) -> Self {
        Self::new(State::Progressing, reason)
    }

    fn failed(reason: impl Into<String>) -> Self {
        Self::new(State::Failed, reason)
    }

    /// Tells whether the object is as it should be.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }
}

/// Reads an object's status.
pub fn readiness(object: &Value) -> Readiness {
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        return Readiness::progressing("is being deleted");
    }
    let generation = number(object, "/metadata/generation");
    let observed = object.pointer("/status/observedGeneration").and_then(Value::as_i64);
    if observed.is_some_and(|observed| observed < generation) {
        return Readiness::progressing("its controller has not seen the change yet");
    }
    match kind(object) {
        "Deployment" => deployment(object),
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        "ReplicaSet" => replica_set(object),
        "Pod" => pod(object),
        "Job" => job(object),
        "PersistentVolumeClaim" => phase(object, "Bound"),
        "Service" => service(object),
        "PodDisruptionBudget" | "HorizontalPodAutoscaler" => Readiness::ready(),
        "CustomResourceDefinition" => definition(object),
        "Namespace" => phase(object, "Active"),
        _ => by_conditions(object),
    }
}

fn kind(object: &Value) -> &str {
    object.get("kind").and_then(Value::as_str).unwrap_or_default()
}

fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a condition's status, reason and message.
fn condition<'a>(object: &'a Value, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let found = conditions.iter().find(|condition| text(condition, "/type") == name)?;
    Some((text(found, "/status"), text(found, "/reason"), text(found, "/message")))
}

fn said(reason: &str, message: &str) -> String {
    match (reason, message) {
        ("", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}

/// `specified` is 1 where the object does not say.
fn wanted(object: &Value) -> i64 {
    object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn deployment(object: &Value) -> Readiness {
    if let Some(("False", reason @ "ProgressDeadlineExceeded", message)) = condition(object, "Progressing") {
        return Readiness::failed(said(reason, message));
    }
    if let Some(("True", reason, message)) = condition(object, "ReplicaFailure") {
        return Readiness::failed(said(reason, message));
    }
    let wanted = wanted(object);
    let updated = number(object, "/status/updatedReplicas");
    let total = number(object, "/status/replicas");
    let available = number(object, "/status/availableReplicas");
    if updated < wanted {
        return Readiness::progressing(format!("{updated} of {wanted} pods are of the new revision"));
    }
    if total > updated {
        return Readiness::progressing(format!("{} pods of the old revision are left", total - updated));
    }
    if available < wanted {
        return Readiness::progressing(format!("{available} of {wanted} pods are available"));
    }
    Readiness::ready()
}

fn stateful_set(object: &Value) -> Readiness {
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return Readiness::ready();
    }
    let wanted = wanted(object);
    let ready = number(object, "/status/readyReplicas");
    if ready < wanted {
        return Readiness::progressing(format!("{ready} of {wanted} pods are ready"));
    }
    let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition");
    let updated = number(object, "/status/updatedReplicas");
    if partition > 0 {
        let to_update = (wanted - partition).max(0);
        return if updated < to_update {
            Readiness::progressing(format!("{updated} of {to_update} pods are of the new revision"))
        } else {
            Readiness::ready()
        };
    }
    if text(object, "/status/currentRevision") != text(object, "/status/updateRevision") {
        return Readiness::progressing(format!("{updated} of {wanted} pods are of the new revision"));
    }
    Readiness::ready()
}

fn daemon_set(object: &Value) -> Readiness {
    if object.pointer("/status/observedGeneration").is_none() {
        return Readiness::progressing("its controller has not seen it yet");
    }
    let wanted = number(object, "/status/desiredNumberScheduled");
    let updated = number(object, "/status/updatedNumberScheduled");
    let available = number(object, "/status/numberAvailable");
    if text(object, "/spec/updateStrategy/type") != "OnDelete" && updated < wanted {
        return Readiness::progressing(format!("{updated} of {wanted} pods are of the new revision"));
    }
    if available < wanted {
        return Readiness::progressing(format!("{available} of {wanted} pods are available"));
    }
    Readiness::ready()
}

fn replica_set(object: &Value) -> Readiness {
    if let Some(("True", reason, message)) = condition(object, "ReplicaFailure") {
        return Readiness::failed(said(reason, message));
    }
    let (wanted, available) = (wanted(object), number(object, "/status/availableReplicas"));
    if available < wanted {
        return Readiness::progressing(format!("{available} of {wanted} pods are available"));
    }
    Readiness::ready()
}

/// Reasons of a waiting container that time alone does not mend.
const STUCK: [&str; 7] = [
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

fn pod(object: &Value) -> Readiness {
    match text(object, "/status/phase") {
        "Succeeded" => return Readiness::ready(),
        "Failed" => {
            let reason = said(text(object, "/status/reason"), text(object, "/status/message"));
            return Readiness::failed(if reason.is_empty() { "it failed".into() } else { reason });
        }
        _ => {}
    }
    for statuses in ["/status/initContainerStatuses", "/status/containerStatuses"] {
        for container in object.pointer(statuses).and_then(Value::as_array).into_iter().flatten() {
            let waiting = text(container, "/state/waiting/reason");
            if STUCK.contains(&waiting) {
                let reason = said(waiting, text(container, "/state/waiting/message"));
                return Readiness::failed(format!("container `{}`: {reason}", text(container, "/name")));
            }
        }
    }
    match condition(object, "Ready") {
        Some(("True", ..)) => return Readiness::ready(),
        Some((_, reason, message)) if !reason.is_empty() || !message.is_empty() => {
            return Readiness::progressing(said(reason, message));
        }
        _ => {}
    }
    match condition(object, "PodScheduled") {
        Some(("False", reason, message)) => Readiness::progressing(said(reason, message)),
        _ => Readiness::progressing("its containers have not started yet"),
    }
}

fn job(object: &Value) -> Readiness {
    if let Some(("True", reason, message)) = condition(object, "Failed") {
        return Readiness::failed(said(reason, message));
    }
    if let Some(("True", ..)) = condition(object, "Complete") {
        return Readiness::ready();
    }
    let wanted = object.pointer("/spec/completions").and_then(Value::as_i64).unwrap_or(1);
    let (done, failed) = (number(object, "/status/succeeded"), number(object, "/status/failed"));
    let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    Readiness::progressing(format!("{done} of {wanted} pods succeeded{failures}"))
}

fn phase(object: &Value, good: &str) -> Readiness {
    match text(object, "/status/phase") {
        phase if phase == good => Readiness::ready(),
        "" => Readiness::progressing("it has no phase yet"),
        phase => Readiness::progressing(format!("it is {phase}")),
    }
}

fn service(object: &Value) -> Readiness {
    let balanced = text(object, "/spec/type") == "LoadBalancer";
    let address = object.pointer("/status/loadBalancer/ingress").and_then(Value::as_array);
    let outside = object.pointer("/spec/externalIPs").and_then(Value::as_array);
    let none = |list: Option<&Vec<Value>>| list.is_none_or(Vec::is_empty);
    if balanced && none(address) && none(outside) {
        return Readiness::progressing("its load balancer has no address yet");
    }
    Readiness::ready()
}

fn definition(object: &Value) -> Readiness {
    if let Some(("False", reason, message)) = condition(object, "NamesAccepted") {
        return Readiness::failed(said(reason, message));
    }
    match condition(object, "Established") {
        Some(("True", ..)) => Readiness::ready(),
        _ => Readiness::progressing("it is not established yet"),
    }
}

/// Objects of other kinds speak by their conditions, if at all.
fn by_conditions(object: &Value) -> Readiness {
    if let Some(("True", reason, message)) = condition(object, "Stalled") {
        return Readiness::failed(said(reason, message));
    }
    if let Some(("True", reason, message)) = condition(object, "Reconciling") {
        return Readiness::progressing(said(reason, message));
    }
    match condition(object, "Ready") {
        None | Some(("True", ..)) => Readiness::ready(),
        Some((_, reason, message)) => Readiness::progressing(said(reason, message)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn readiness_follows_the_status() {
        use State::{Failed, Progressing, Ready};
        let condition = |name: &str, status: &str, reason: &str| json!([{"type": name, "status": status, "reason": reason, "message": "m"}]);
        let cases = [
            (json!({"kind": "ConfigMap"}), Ready, ""),
            (
                json!({"kind": "Deployment", "metadata": {"generation": 2}, "status": {"observedGeneration": 1}}),
                Progressing,
                "its controller has not seen the change yet",
            ),
            (
                json!({"kind": "Deployment", "spec": {"replicas": 3}, "status": {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 1}}),
                Progressing,
                "1 of 3 pods are available",
            ),
            (
                json!({"kind": "Deployment", "status": {"conditions": condition("Progressing", "False", "ProgressDeadlineExceeded")}}),
                Failed,
                "ProgressDeadlineExceeded: m",
            ),
            (json!({"kind": "Deployment", "spec": {"replicas": 0}, "status": {}}), Ready, ""),
            (
                json!({"kind": "Pod", "status": {"phase": "Pending", "containerStatuses": [
                    {"name": "app", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]}}),
                Failed,
                "container `app`: ImagePullBackOff: no such image",
            ),
            (
                json!({"kind": "Pod", "status": {"phase": "Pending", "conditions": condition("PodScheduled", "False", "Unschedulable")}}),
                Progressing,
                "Unschedulable: m",
            ),
            (
                json!({"kind": "Job", "status": {"succeeded": 0, "failed": 2}}),
                Progressing,
                "0 of 1 pods succeeded, 2 failed",
            ),
            (
                json!({"kind": "Job", "status": {"conditions": condition("Failed", "True", "BackoffLimitExceeded")}}),
                Failed,
                "BackoffLimitExceeded: m",
            ),
            (
                json!({"kind": "Service", "spec": {"type": "LoadBalancer"}}),
                Progressing,
                "its load balancer has no address yet",
            ),
            (
                json!({"kind": "Certificate", "status": {"conditions": condition("Ready", "False", "Pending")}}),
                Progressing,
                "Pending: m",
            ),
            (
                json!({"kind": "Kustomization", "status": {"conditions": condition("Stalled", "True", "Bad")}}),
                Failed,
                "Bad: m",
            ),
        ];
        for (object, state, reason) in cases {
            assert_eq!(readiness(&object), Readiness::new(state, reason), "{object}");
        }
    }
}
