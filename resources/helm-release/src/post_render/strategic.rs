//! Kubernetes' strategic merge: like a JSON merge patch, but lists of things with names are merged by name.

use serde_json::{Map, Value};

/// By which field entries of a list are told apart. See the `patchMergeKey` tags of Kubernetes' API types.
fn merge_key(list: &str) -> &'static [&'static str] {
    match list {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" => {
            &["name"]
        }
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        // A Service's ports have `port`, a container's `containerPort`.
        "ports" => &["containerPort", "port"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey"],
        "ownerReferences" => &["uid"],
        "subjects" | "secrets" => &["name"],
        _ => &[],
    }
}

/// Merges `part` into `object`. A null takes a field away, `$patch: delete` an entry, `$patch: replace` what was there.
pub(super) fn merge(object: &mut Value, part: &Value) {
    merge_field(object, part, "");
}

fn merge_field(place: &mut Value, part: &Value, name: &str) {
    match (place, part) {
        (Value::Object(fields), Value::Object(changes)) => merge_fields(fields, changes),
        (Value::Array(items), Value::Array(changes)) => merge_list(items, changes, name),
        (place, part) => *place = part.clone(),
    }
}

fn merge_fields(fields: &mut Map<String, Value>, changes: &Map<String, Value>) {
    if changes.get("$patch").and_then(Value::as_str) == Some("replace") {
        fields.clear();
    }
    for (name, change) in changes {
        if name.starts_with('$') {
            continue;
        }
        match (change, fields.get_mut(name)) {
            (Value::Null, _) => {
                fields.shift_remove(name);
            }
            (change, Some(place)) => merge_field(place, change, name),
            (change, None) => {
                let mut fresh = if change.is_object() { Value::Object(Map::new()) } else { Value::Null };
                merge_field(&mut fresh, change, name);
                fields.insert(name.clone(), fresh);
            }
        }
    }
}

fn merge_list(items: &mut Vec<Value>, changes: &[Value], name: &str) {
    let key = merge_key(name).iter().find(|key| changes.iter().any(|change| change.get(**key).is_some()));
    let Some(key) = key else {
        *items = changes.to_vec();
        return;
    };
    for change in changes {
        let known = items.iter().position(|item| item.get(*key) == change.get(*key));
        let deleted = change.get("$patch").and_then(Value::as_str) == Some("delete");
        match known {
            Some(position) if deleted => drop(items.remove(position)),
            Some(position) => merge_field(&mut items[position], change, ""),
            None if deleted => {}
            None => items.push(change.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_named_things_are_merged_by_name() {
        let mut object = json!({"spec": {"replicas": 1, "paused": true, "containers": [
            {"name": "app", "image": "a", "env": [{"name": "X", "value": "1"}], "args": ["a", "b"]},
            {"name": "side", "image": "s"}]}});
        let part = json!({"spec": {"paused": null, "containers": [
            {"name": "app", "env": [{"name": "Y", "value": "2"}], "args": ["c"]},
            {"name": "side", "$patch": "delete"}, {"name": "new", "image": "n"}]}});
        merge(&mut object, &part);
        assert_eq!(
            object,
            json!({"spec": {"replicas": 1, "containers": [
                {"name": "app", "image": "a", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}], "args": ["c"]},
                {"name": "new", "image": "n"}]}})
        );
    }
}
