//! Makes the changes.

use kit::{Context, Error, Result};
use serde_json::{Map, Value};

use super::changes::{Change, Changes};
use super::strategic;
use crate::manifest::{Object, Target, objects};
use crate::params::ImageOverride;
use crate::yaml;

/// Returns a manifest with all changes made.
///
/// # Errors
/// When the manifest can't be read, a patch can't be made, or one is for no object at all.
pub(super) fn to_manifest(manifest: &str, changes: &Changes) -> Result<String> {
    let mut objects = objects(manifest).context(|| "the rendered objects can't be read".into())?;
    for (position, patch) in changes.patches.iter().enumerate() {
        let target = Target::new(&patch.target)?;
        let mut meant = objects.iter_mut().filter(|object| target.fits(object)).peekable();
        if meant.peek().is_none() {
            return Err(Error::new(format!("patch {} fits none of the rendered objects", position + 1))
                .hint("check kind and name of its target; Helm names objects after the release"));
        }
        for object in meant {
            let key = object.key();
            patch_one(object, &patch.change)
                .context(|| format!("patch {} can't be made on {key}", position + 1))?;
        }
    }
    for object in &mut objects {
        set_replicas(object, changes);
        add_metadata(object, "labels", &changes.labels);
        add_metadata(object, "annotations", &changes.annotations);
        changes.images.iter().for_each(|image| set_image(&mut object.value, image));
    }
    let mut text = String::new();
    for object in &objects {
        text += &format!("---\n{}", yaml::to_text(&object.value)?);
    }
    Ok(text)
}

fn patch_one(object: &mut Object, change: &Change) -> Result<()> {
    match change {
        Change::Part(part) => strategic::merge(&mut object.value, part),
        Change::Operations(operations) => json_patch::patch(&mut object.value, operations)?,
    }
    Ok(())
}

fn set_replicas(object: &mut Object, changes: &Changes) {
    let Some(count) = changes.replicas.get(object.name()).copied() else { return };
    if matches!(object.kind(), "Deployment" | "StatefulSet" | "ReplicaSet")
        && let Some(spec) = object.value.get_mut("spec").and_then(Value::as_object_mut)
    {
        spec.insert("replicas".into(), count.into());
    }
}

fn add_metadata(object: &mut Object, field: &str, pairs: &std::collections::BTreeMap<String, String>) {
    if pairs.is_empty() {
        return;
    }
    let Some(metadata) = object.value.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let place = metadata.entry(field).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(place) = place {
        place.extend(pairs.iter().map(|(name, value)| (name.clone(), value.clone().into())));
    }
}

fn set_image(value: &mut Value, image: &ImageOverride) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if matches!(name.as_str(), "containers" | "initContainers" | "ephemeralContainers") {
                    for container in field.as_array_mut().into_iter().flatten() {
                        rename(container, image);
                    }
                }
                set_image(field, image);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| set_image(item, image)),
        _ => {}
    }
}

fn rename(container: &mut Value, image: &ImageOverride) {
    let Some(reference) = container.get("image").and_then(Value::as_str) else { return };
    let (name, rest) = split(reference);
    if name != image.name {
        return;
    }
    let new_name = image.new_name.as_deref().unwrap_or(name);
    let changed = match (&image.digest, &image.new_tag) {
        (Some(digest), _) => format!("{new_name}@{digest}"),
        (None, Some(tag)) => format!("{new_name}:{tag}"),
        (None, None) => format!("{new_name}{rest}"),
    };
    container["image"] = changed.into();
}

/// Splits a reference into its name and what follows: `:tag`, `@digest`, both or nothing. A colon before a slash
/// belongs to a port.
fn split(reference: &str) -> (&str, &str) {
    let name_end = reference.find('@').unwrap_or(reference.len());
    let tag = reference[..name_end].rfind(':').filter(|colon| !reference[*colon..name_end].contains('/'));
    reference.split_at(tag.unwrap_or(name_end))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::params::PatchTarget;
    use crate::post_render::changes::ObjectPatch;

    const MANIFEST: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1, template: {spec: {containers: [{name: app, image: 'localhost:5000/app:1'}]}}}\n";

    fn changed(changes: &Changes) -> Value {
        yaml::documents(&to_manifest(MANIFEST, changes).unwrap()).unwrap().remove(0)
    }

    #[test]
    fn all_kinds_of_changes_are_made() {
        let target = PatchTarget { kind: Some("Deployment".into()), ..PatchTarget::default() };
        let operations = json!([{"op": "add", "path": "/spec/paused", "value": true}]);
        let changes = Changes {
            patches: vec![ObjectPatch {
                target,
                change: Change::Operations(serde_json::from_value(operations).unwrap()),
            }],
            replicas: BTreeMap::from([("web".into(), 3)]),
            labels: BTreeMap::from([("team".into(), "shop".into())]),
            images: vec![ImageOverride {
                name: "localhost:5000/app".into(),
                digest: Some("sha256:00".into()),
                ..ImageOverride::default()
            }],
            ..Changes::default()
        };
        let object = changed(&changes);
        assert_eq!(object["spec"]["paused"], true);
        assert_eq!(object["spec"]["replicas"], 3);
        assert_eq!(object["metadata"]["labels"]["team"], "shop");
        assert_eq!(
            object.pointer("/spec/template/spec/containers/0/image").unwrap(),
            "localhost:5000/app@sha256:00"
        );
    }

    #[test]
    fn a_patch_that_is_for_nothing_is_an_error() {
        let target = PatchTarget { name: Some("wbe".into()), ..PatchTarget::default() };
        let patches = vec![ObjectPatch { target, change: Change::Part(json!({})) }];
        assert!(to_manifest(MANIFEST, &Changes { patches, ..Changes::default() }).is_err());
    }

    #[test]
    fn references_are_split_at_tag_and_digest() {
        for (reference, name) in [
            ("app", "app"),
            ("app:1", "app"),
            ("localhost:5000/app", "localhost:5000/app"),
            ("localhost:5000/app:1@sha256:0", "localhost:5000/app"),
            ("app@sha256:0", "app"),
        ] {
            assert_eq!(split(reference).0, name);
        }
    }
}
