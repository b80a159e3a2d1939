//! Finds where two objects differ.

use serde_json::{Map, Value};

/// Fields that the API server and controllers write for themselves.
const OWN_FIELDS: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "selfLink",
    "deletionTimestamp",
];

/// Returns the JSON pointers at which `live` differs from `desired`, but for those below an ignored one.
pub(super) fn differences(live: &Value, desired: &Value, ignored: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    compare(&relevant(live), &relevant(desired), String::new(), &mut found);
    found.retain(|pointer| !ignored.iter().any(|ignored| is_below(pointer, ignored)));
    found
}

fn is_below(pointer: &str, top: &str) -> bool {
    let top = top.trim_end_matches('/');
    pointer == top || pointer.strip_prefix(top).is_some_and(|rest| rest.starts_with('/'))
}

fn relevant(object: &Value) -> Value {
    let mut object = object.clone();
    if let Value::Object(fields) = &mut object {
        fields.shift_remove("status");
        if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
            OWN_FIELDS.iter().for_each(|name| {
                metadata.shift_remove(*name);
            });
        }
    }
    object
}

fn compare(live: &Value, desired: &Value, at: String, found: &mut Vec<String>) {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => compare_fields(live, desired, &at, found),
        (Value::Array(live), Value::Array(desired)) if live.len() == desired.len() => {
            for (index, (live, desired)) in live.iter().zip(desired).enumerate() {
                compare(live, desired, format!("{at}/{index}"), found);
            }
        }
        _ if live == desired => {}
        _ => found.push(at),
    }
}

fn compare_fields(
    live: &Map<String, Value>,
    desired: &Map<String, Value>,
    at: &str,
    found: &mut Vec<String>,
) {
    for (name, wanted) in desired {
        let place = format!("{at}/{}", escape(name));
        match live.get(name) {
            Some(value) => compare(value, wanted, place, found),
            None => found.push(place),
        }
    }
    let extra = live.keys().filter(|name| !desired.contains_key(*name));
    found.extend(extra.map(|name| format!("{at}/{}", escape(name))));
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_named_by_pointer() {
        let live = json!({"metadata": {"generation": 4, "labels": {"a/b": "1"}}, "spec": {"replicas": 5, "list": [1, 2]}});
        let desired = json!({"metadata": {"generation": 5, "labels": {}}, "spec": {"replicas": 2, "list": [1, 3], "new": 1}});
        let all = ["/metadata/labels/a~1b", "/spec/replicas", "/spec/list/1", "/spec/new"];
        let mut found = differences(&live, &desired, &[]);
        found.sort();
        let mut expected: Vec<&str> = all.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(differences(&live, &desired, &["/spec", "/metadata/labels/a~1b"]), [""; 0]);
    }
}
