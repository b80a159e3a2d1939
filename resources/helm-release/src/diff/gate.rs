//! Changes that a put is not to make.

use super::difference::{Change, Difference};
use crate::params::Gate;

/// Fields that the API server lets nobody change on an existing object: kind, JSON pointer.
const IMMUTABLE: [(&str, &str); 12] = [
    ("Deployment", "/spec/selector"),
    ("DaemonSet", "/spec/selector"),
    ("ReplicaSet", "/spec/selector"),
    ("StatefulSet", "/spec/selector"),
    ("StatefulSet", "/spec/serviceName"),
    ("StatefulSet", "/spec/volumeClaimTemplates"),
    ("StatefulSet", "/spec/podManagementPolicy"),
    ("Job", "/spec/template"),
    ("Job", "/spec/selector"),
    ("PersistentVolumeClaim", "/spec/storageClassName"),
    ("RoleBinding", "/roleRef"),
    ("ClusterRoleBinding", "/roleRef"),
];

/// Returns one line for each change that one of the gates holds up.
pub fn violations(difference: &Difference, gates: &[Gate]) -> Vec<String> {
    let each = |change: &Change| gates.iter().find_map(|gate| violation(change, *gate));
    difference.changes.iter().filter_map(each).collect()
}

fn violation(change: &Change, gate: Gate) -> Option<String> {
    let key = &change.key;
    match gate {
        Gate::Any => Some(format!("{key} would change")),
        Gate::Delete => change.after.is_none().then(|| format!("{key} would be deleted")),
        Gate::Crd => (key.kind == "CustomResourceDefinition" && change.before.is_some())
            .then(|| format!("{key} would change")),
        Gate::Immutable => {
            let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
            let fields = IMMUTABLE.iter().filter(|(kind, _)| *kind == key.kind);
            let mut changed =
                fields.filter(|(_, field)| before.value.pointer(field) != after.value.pointer(field));
            changed
                .next()
                .map(|(_, field)| format!("{key}: `{field}` would change, which Kubernetes does not allow"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::Object;

    #[test]
    fn gates_hold_up_what_they_name() {
        let object = |kind: &str, selector: u32| Object {
            value: json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"}, "spec": {"selector": selector}}),
        };
        let gone = Difference::between(&[object("Deployment", 1)], &[]);
        let selector = Difference::between(&[object("Deployment", 1)], &[object("Deployment", 2)]);
        let crd = Difference::between(
            &[object("CustomResourceDefinition", 1)],
            &[object("CustomResourceDefinition", 2)],
        );
        let cases = [
            (&gone, Gate::Delete, 1),
            (&gone, Gate::Immutable, 0),
            (&selector, Gate::Immutable, 1),
            (&selector, Gate::Delete, 0),
            (&selector, Gate::Any, 1),
            (&crd, Gate::Crd, 1),
            (&selector, Gate::Crd, 0),
        ];
        for (difference, gate, expected) in cases {
            assert_eq!(violations(difference, &[gate]).len(), expected, "{gate:?}");
        }
    }
}
