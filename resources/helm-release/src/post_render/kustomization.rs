//! Reads a kustomization as far as it changes objects that are rendered already.

use std::collections::BTreeMap;

use kit::{Context, Error, Inputs, Result, Text};
use serde::Deserialize;
use serde_json::Value;

use super::changes::{Change, Changes, ObjectPatch};
use crate::params::{ImageOverride, Patch, PatchTarget};
use crate::yaml;

const LARGEST: u64 = 16 * 1024 * 1024;
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Kustomization {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    /// What Helm renders stands in their place.
    #[serde(rename = "resources")]
    _resources: Vec<String>,
    patches: Vec<Patch>,
    patches_strategic_merge: Vec<String>,
    #[serde(rename = "patchesJson6902")]
    patches_json6902: Vec<Patch>,
    images: Vec<ImageOverride>,
    replicas: Vec<Replicas>,
    common_labels: BTreeMap<String, Text>,
    common_annotations: BTreeMap<String, Text>,
    labels: Vec<Labels>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replicas {
    name: String,
    count: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Labels {
    pairs: BTreeMap<String, Text>,
    #[serde(default)]
    include_selectors: bool,
    #[serde(default)]
    include_templates: bool,
}

/// Reads the kustomization in a folder of the inputs.
pub(super) fn read(inputs: &Inputs, folder: &str) -> Result<Changes> {
    let folder = folder.trim_end_matches('/');
    let root = inputs.resolve(folder)?;
    let name = NAMES.iter().find(|name| root.join(name).is_file());
    let name = name.ok_or_else(|| Error::new(format!("`{folder}` has no kustomization.yaml")))?;
    let doing = || format!("`{folder}/{name}` can't be used");
    let value = yaml::parse(&inputs.read_text(&format!("{folder}/{name}"), LARGEST)?).context(doing)?;
    let wanted: Kustomization = serde_json::from_value(value).context(doing).hint(|| {
        "of a kustomization, patches, images, replicas, labels and annotations are used, and nothing else"
            .into()
    })?;
    let mut changes = Changes { patches: patches(&wanted.patches, inputs, folder)?, ..Changes::default() };
    changes.patches.extend(patches(&wanted.patches_json6902, inputs, folder)?);
    for part in &wanted.patches_strategic_merge {
        // Either a file's name or the patch itself.
        let inline = part.contains('\n');
        let patch = Patch {
            patch: inline.then(|| part.clone().into()),
            path: (!inline).then(|| part.clone()),
            target: None,
        };
        changes.patches.extend(patches(&[patch], inputs, folder)?);
    }
    changes.images = wanted.images;
    changes.replicas = wanted.replicas.into_iter().map(|each| (each.name, each.count)).collect();
    let text = |(name, value): (String, Text)| (name, value.into_string());
    changes.annotations = wanted.common_annotations.into_iter().map(text).collect();
    if !wanted.common_labels.is_empty()
        || wanted.labels.iter().any(|each| each.include_selectors || each.include_templates)
    {
        return Err(Error::new("labels for selectors and templates are not set").context(doing()).hint(
            "selectors of objects that exist can't be changed; use `labels` without `includeSelectors` and `includeTemplates`",
        ));
    }
    changes.labels = wanted.labels.into_iter().flat_map(|each| each.pairs).map(text).collect();
    Ok(changes)
}

/// Checks patches and reads the files that they name, relative to `folder`.
pub(super) fn patches(wanted: &[Patch], inputs: &Inputs, folder: &str) -> Result<Vec<ObjectPatch>> {
    let mut checked = Vec::new();
    for (position, patch) in wanted.iter().enumerate() {
        let doing = || format!("patch {} can't be used", position + 1);
        let values = match (&patch.patch, &patch.path) {
            (Some(Value::String(text)), None) => yaml::documents(text).context(doing)?,
            (Some(value), None) => vec![value.clone()],
            (None, Some(path)) => {
                let path = if folder.is_empty() { path.clone() } else { format!("{folder}/{path}") };
                yaml::documents(&inputs.read_text(&path, LARGEST)?).context(doing)?
            }
            _ => return Err(Error::new("it needs either `patch` or `path`").context(doing())),
        };
        for value in values {
            checked.push(one(value, patch.target.as_ref()).context(doing)?);
        }
    }
    Ok(checked)
}

fn one(value: Value, target: Option<&PatchTarget>) -> Result<ObjectPatch> {
    if value.is_array() {
        let operations = serde_json::from_value(value).map_err(|_| {
            Error::new("it is a list, but none of JSON patch operations")
                .hint("each is like {op: replace, path: /spec/replicas, value: 2}")
        })?;
        let target = target.cloned().ok_or_else(|| Error::new("JSON patch operations need a `target`"))?;
        return Ok(ObjectPatch { target, change: Change::Operations(operations) });
    }
    let target = match target {
        Some(target) => target.clone(),
        None => own_target(&value)?,
    };
    Ok(ObjectPatch { target, change: Change::Part(value) })
}

/// A part of an object names its object itself.
fn own_target(part: &Value) -> Result<PatchTarget> {
    let text = |pointer: &str| part.pointer(pointer).and_then(Value::as_str);
    let (Some(kind), Some(name)) = (text("/kind"), text("/metadata/name")) else {
        return Err(Error::new("it has neither a `target` nor kind and name of its own"));
    };
    let exactly = |text: &str| Some(regex::escape(text));
    Ok(PatchTarget { kind: exactly(kind), name: exactly(name), ..PatchTarget::default() })
}
