//! Where the API server keeps objects of a kind.

use std::cell::RefCell;
use std::collections::HashMap;

use kube::api::{ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use kube::discovery::{Scope, oneshot};
use kube::{Api, Client};

use super::Object;
use crate::release::retrying;

/// The kinds that charts are mostly made of, so that nobody need be asked: kind, group, version, plural, namespaced.
const WELL_KNOWN: [(&str, &str, &str, &str, bool); 28] = [
    ("ConfigMap", "", "v1", "configmaps", true),
    ("Endpoints", "", "v1", "endpoints", true),
    ("Event", "", "v1", "events", true),
    ("LimitRange", "", "v1", "limitranges", true),
    ("Namespace", "", "v1", "namespaces", false),
    ("PersistentVolume", "", "v1", "persistentvolumes", false),
    ("PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", true),
    ("Pod", "", "v1", "pods", true),
    ("ReplicationController", "", "v1", "replicationcontrollers", true),
    ("ResourceQuota", "", "v1", "resourcequotas", true),
    ("Secret", "", "v1", "secrets", true),
    ("Service", "", "v1", "services", true),
    ("ServiceAccount", "", "v1", "serviceaccounts", true),
    ("DaemonSet", "apps", "v1", "daemonsets", true),
    ("Deployment", "apps", "v1", "deployments", true),
    ("ReplicaSet", "apps", "v1", "replicasets", true),
    ("StatefulSet", "apps", "v1", "statefulsets", true),
    ("HorizontalPodAutoscaler", "autoscaling", "v2", "horizontalpodautoscalers", true),
    ("CronJob", "batch", "v1", "cronjobs", true),
    ("Job", "batch", "v1", "jobs", true),
    ("Ingress", "networking.k8s.io", "v1", "ingresses", true),
    ("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies", true),
    ("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets", true),
    ("ClusterRole", "rbac.authorization.k8s.io", "v1", "clusterroles", false),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io", "v1", "clusterrolebindings", false),
    ("Role", "rbac.authorization.k8s.io", "v1", "roles", true),
    ("RoleBinding", "rbac.authorization.k8s.io", "v1", "rolebindings", true),
    ("CustomResourceDefinition", "apiextensions.k8s.io", "v1", "customresourcedefinitions", false),
];

/// Finds the API of each object, asking the API server once for each kind that is not well known.
pub struct Kinds {
    client: Client,
    namespace: String,
    asked: RefCell<HashMap<GroupVersionKind, Answer>>,
}

/// A kind's API and whether its objects lie in namespaces, or why there is none.
type Answer = Result<(ApiResource, bool), String>;

impl Kinds {
    /// Returns a finder; objects that name no namespace are looked for in `namespace`.
    pub fn new(client: Client, namespace: &str) -> Self {
        Self { client, namespace: namespace.to_owned(), asked: RefCell::default() }
    }

    /// Returns the API of an object's kind, or why there is none.
    ///
    /// # Errors
    /// When the API server does not know the kind, or can't be asked.
    pub async fn api(&self, object: &Object) -> Result<Api<DynamicObject>, String> {
        let (group, version) = object.group_version();
        let kind = GroupVersionKind::gvk(group, version, object.kind());
        let (resource, namespaced) = self.resource(&kind).await?;
        Ok(match (namespaced, object.namespace()) {
            (false, _) => Api::all_with(self.client.clone(), &resource),
            (true, "") => Api::namespaced_with(self.client.clone(), &self.namespace, &resource),
            (true, named) => Api::namespaced_with(self.client.clone(), named, &resource),
        })
    }

    async fn resource(&self, kind: &GroupVersionKind) -> Answer {
        let known = WELL_KNOWN.iter().find(|(name, group, version, ..)| {
            (*name, *group, *version) == (kind.kind.as_str(), kind.group.as_str(), kind.version.as_str())
        });
        if let Some((.., plural, namespaced)) = known {
            return Ok((ApiResource::from_gvk_with_plural(kind, plural), *namespaced));
        }
        if let Some(answer) = self.asked.borrow().get(kind) {
            return answer.clone();
        }
        let asked = retrying("asking for the API's kinds", || oneshot::pinned_kind(&self.client, kind)).await;
        let answer = asked
            .map(|(resource, capabilities)| (resource, capabilities.scope == Scope::Namespaced))
            .map_err(|problem| problem.to_string());
        self.asked.borrow_mut().insert(kind.clone(), answer.clone());
        answer
    }
}
