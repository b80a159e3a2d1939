//! Labels, annotations and an expiry that a put adds to the image.

use std::collections::BTreeMap;

use kit::{Context, Error, Inputs, Result, report};
use oci_assemble::to_oci;
use oci_registry::{Content, Manifest, media_type};
use serde_json::{Map, Value, json};

use super::merge::ATTESTED;
use super::params::{Params, TextOrFile, given};
use super::payload::{Blob, Payload, manifest};

/// What Quay reads the expiry of a tag from.
pub(super) const EXPIRES_AFTER: &str = "quay.expires-after";
/// The units of Quay's `convert_to_timedelta`.
const EXPIRY_UNITS: [char; 5] = ['s', 'm', 'h', 'd', 'w'];
const LARGEST_CONFIG: u64 = 16 * 1024 * 1024;

/// What to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

impl Changes {
    /// Reads the params, and the files that they name.
    ///
    /// # Errors
    /// When a file can't be read, or Quay would ignore the expiry.
    pub(super) fn read(params: &Params, inputs: &Inputs) -> Result<Self> {
        let read = |field: &str, values: &BTreeMap<String, TextOrFile>| {
            let value = |(name, value): (&String, &TextOrFile)| {
                let text = value.read(inputs).context(|| format!("cannot read `params.{field}[{name}]`"))?;
                Ok((name.clone(), text))
            };
            values.iter().map(value).collect::<Result<BTreeMap<_, _>>>()
        };
        let mut changes = Self {
            labels: read("labels", &params.labels)?,
            annotations: read("annotations", &params.annotations)?,
        };
        if let Some(expiry) = given(params.expires_after.as_ref()) {
            check_expiry("`params.expires_after`", expiry)?;
            changes.labels.insert(EXPIRES_AFTER.into(), expiry.into());
        }
        for (field, values) in [("labels", &changes.labels), ("annotations", &changes.annotations)] {
            if let Some(expiry) = values.get(EXPIRES_AFTER) {
                check_expiry(&format!("`params.{field}[{EXPIRES_AFTER}]`"), expiry)?;
            }
        }
        Ok(changes)
    }

    /// Makes the changes. What isn't changed keeps its digest.
    ///
    /// # Errors
    /// When there is nothing that can have labels.
    pub(super) fn apply(&self, mut payload: Payload) -> Result<Payload> {
        if !self.labels.is_empty() {
            self.label(&mut payload)?;
        }
        let mut annotations = self.annotations.clone();
        // Quay reads labels of images, and annotations of indexes.
        if let (Content::Index(_), Some(expiry)) = (&payload.top.content, self.labels.get(EXPIRES_AFTER)) {
            annotations.entry(EXPIRES_AFTER.into()).or_insert_with(|| expiry.clone());
        }
        if !annotations.is_empty() {
            payload.top = annotated(&payload.top, &annotations)?;
        }
        Ok(payload)
    }

    fn label(&self, payload: &mut Payload) -> Result<()> {
        match &payload.top.content {
            Content::Image(_) => {
                payload.top = self.labelled(&payload.top.clone(), payload)?;
                Ok(())
            }
            Content::Index(_) => self.label_index(payload),
            Content::Artifact(_) => {
                Err(Error::new("`params.labels` can't be added: what is pushed is no image")
                    .hint("give `annotations`, which every artifact can have"))
            }
        }
    }

    /// Labels each image in an index. Attestations are about the image as it was: they don't fit any longer.
    fn label_index(&self, payload: &mut Payload) -> Result<()> {
        let mut index: Value = serde_json::from_slice(&payload.top.raw)?;
        let Some(entries) = index["manifests"].as_array_mut() else { return Ok(()) };
        let before = entries.len();
        entries.retain(|entry| entry["annotations"].get(ATTESTED).is_none());
        if entries.len() < before {
            report::warn(
                "the image's attestations are left out: they are about the image without the new labels",
            );
        }
        let mut children = Vec::new();
        for entry in entries {
            let child =
                payload.children.iter().find(|child| entry["digest"] == child.digest.as_str()).cloned();
            let child = child.ok_or_else(|| Error::new("the index names what isn't there"))?;
            let Content::Image(_) = &child.content else {
                return Err(Error::new("`params.labels` can't be added: the index holds more than images")
                    .hint("give `annotations` for the index instead"));
            };
            let labelled = self.labelled(&child, payload)?;
            entry["digest"] = json!(labelled.digest);
            entry["size"] = json!(labelled.raw.len());
            children.push(labelled);
        }
        payload.top = manifest(&index)?;
        payload.children = children;
        Ok(())
    }

    /// Adds the labels to an image's configuration, and its new configuration to the payload.
    fn labelled(&self, image: &Manifest, payload: &mut Payload) -> Result<Manifest> {
        let Content::Image(parts) = &image.content else { return Ok(image.clone()) };
        let blob = payload.blob(&parts.config.digest);
        let blob = blob.ok_or_else(|| Error::new("the image has no configuration"))?;
        let mut config: Value = serde_json::from_slice(&blob.read(LARGEST_CONFIG)?)
            .context(|| "the image's configuration can't be read".into())?;
        let labels = object(object(&mut config)?.entry("config").or_insert(Value::Null))?;
        let labels = object(labels.entry("Labels").or_insert(Value::Null))?;
        labels.extend(self.labels.iter().map(|(name, value)| (name.clone(), json!(value))));
        let config = Blob::new(&parts.config.media_type, serde_json::to_vec(&config)?);

        let mut value: Value = serde_json::from_slice(&image.raw)?;
        value["config"]["digest"] = json!(config.descriptor.digest);
        value["config"]["size"] = json!(config.descriptor.size);
        let old = parts.config.digest.clone();
        payload.blobs.retain(|blob| blob.descriptor.digest != old);
        payload.add_blob(config);
        manifest(&value)
    }
}

/// Tells whether an image asks Quay to let its tags expire, which begins anew with each push.
pub(super) fn expires(payload: &Payload) -> bool {
    !expiries(payload).is_empty()
}

/// Checks the expiry that an image asks for by itself.
///
/// # Errors
/// When Quay would ignore it.
pub(super) fn check_own_expiry(payload: &Payload) -> Result<()> {
    expiries(payload)
        .iter()
        .try_for_each(|text| check_expiry(&format!("`{EXPIRES_AFTER}` of the image"), text))
}

fn expiries(payload: &Payload) -> Vec<String> {
    let images = payload.manifests().filter_map(|manifest| match &manifest.content {
        Content::Image(image) => Some(image),
        Content::Index(_) | Content::Artifact(_) => None,
    });
    let labels = images.filter_map(|image| {
        let config = payload.blob(&image.config.digest)?.read(LARGEST_CONFIG).ok()?;
        let config: Value = serde_json::from_slice(&config).ok()?;
        config["config"]["Labels"][EXPIRES_AFTER].as_str().map(str::to_owned)
    });
    payload.top.annotations().get(EXPIRES_AFTER).cloned().into_iter().chain(labels).collect()
}

/// Quay ignores what it can't read, without a word.
fn check_expiry(place: &str, text: &str) -> Result<()> {
    let number = text.strip_suffix(EXPIRY_UNITS).unwrap_or_default();
    let valid = number.bytes().all(|digit| digit.is_ascii_digit())
        && number.parse::<u32>().is_ok_and(|number| number > 0);
    if valid {
        return Ok(());
    }
    Err(Error::new(format!("{place}: `{text}` is no time that Quay reads"))
        .hint("a number and one of s, m, h, d, w: `12h`, `3d`, `2w`"))
}

/// Adds annotations. Docker's manifests have none, so that one becomes OCI's.
///
/// # Errors
/// When the manifest has something else where they belong.
pub(super) fn annotated(top: &Manifest, annotations: &BTreeMap<String, String>) -> Result<Manifest> {
    let mut value: Value = serde_json::from_slice(&top.raw)?;
    if matches!(top.media_type.as_str(), media_type::DOCKER_IMAGE | media_type::DOCKER_INDEX) {
        report::info("the manifest becomes one of OCI's, since Docker's has no annotations");
        to_oci(&mut value);
    }
    let fields = object(object(&mut value)?.entry("annotations").or_insert(Value::Null))?;
    fields.extend(annotations.iter().map(|(name, text)| (name.clone(), json!(text))));
    manifest(&value)
}

/// Returns a JSON object, which null stands for as well.
fn object(value: &mut Value) -> Result<&mut Map<String, Value>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().ok_or_else(|| Error::new("the image has something else where a map belongs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_what_quay_reads() {
        for text in ["1s", "90m", "12h", "3d", "2w"] {
            assert!(check_expiry("x", text).is_ok(), "{text}");
        }
        for text in ["", "w", "2", "0d", "2 w", "1.5h", "-1d", "2W", "2weeks", "+2d", "99999999999d"] {
            assert!(check_expiry("x", text).is_err(), "{text}");
        }
    }
}
