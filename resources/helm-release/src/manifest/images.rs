//! The images that rendered objects name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Object;

/// Returns every image reference, sorted, each once: of containers, init containers and ephemeral containers, in
/// whatever object a pod's specification stands, and of image volumes.
pub fn images<'a>(objects: impl IntoIterator<Item = &'a Object>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for object in objects {
        collect(&object.value, &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match name.as_str() {
                    "containers" | "initContainers" | "ephemeralContainers" => {
                        let containers = field.as_array().into_iter().flatten();
                        found.extend(containers.filter_map(|container| text(container.get("image")?)));
                    }
                    "volumes" => {
                        let volumes = field.as_array().into_iter().flatten();
                        found.extend(volumes.filter_map(|volume| text(volume.pointer("/image/reference")?)));
                    }
                    _ => {}
                }
                collect(field, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_are_found_wherever_a_pod_is_described() {
        let deployment = json!({"kind": "Deployment", "spec": {"template": {"spec": {
            "containers": [{"image": "b:1"}, {"image": "a@sha256:0"}], "initContainers": [{"image": "b:1"}],
            "volumes": [{"image": {"reference": "c:2"}}],
        }}}});
        let pod = json!({"kind": "Pod", "spec": {"containers": [{"image": "d"}, {"name": "without"}]}});
        let objects = [Object { value: deployment }, Object { value: pod }];
        let found: Vec<String> = images(&objects).into_iter().collect();
        assert_eq!(found, ["a@sha256:0", "b:1", "c:2", "d"]);
    }
}
