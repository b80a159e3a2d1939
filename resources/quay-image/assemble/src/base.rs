//! What an image is made on, and the image that is made.

use oci_registry::{Digest, Manifest, Platform, media_type};
use serde_json::{Map, Value, json};

use crate::media_types::{OCI_GZIP_LAYER, to_oci};
use crate::{AssembleError, Layer, Measured, Recipe, annotations};

/// What an image is made on: another image, or nothing.
#[derive(Clone, Debug)]
pub struct Base {
    config: Value,
    /// Descriptors, lowest first.
    layers: Vec<Value>,
    /// The base's full name and its digest, if it has them.
    name: Option<String>,
    digest: Option<Digest>,
}

/// An image: its configuration and its manifest, both JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The configuration.
    pub config: Vec<u8>,
    /// The manifest.
    pub manifest: Vec<u8>,
}

impl Base {
    /// Returns the empty base for a platform.
    pub fn scratch(platform: &Platform) -> Self {
        let mut config = json!({"architecture": platform.architecture, "os": platform.os});
        if let Some(variant) = &platform.variant {
            config["variant"] = json!(variant);
        }
        config["config"] = json!({});
        config["rootfs"] = json!({"type": "layers", "diff_ids": []});
        config["history"] = json!([]);
        Self { config, layers: Vec::new(), name: None, digest: None }
    }

    /// Returns an image as a base. `name` is what it is called, as in `quay.io/acme/base:1.2`.
    ///
    /// # Errors
    /// When its manifest or configuration is malformed, or the two don't fit together.
    pub fn of(manifest: &Manifest, config: &[u8], name: Option<String>) -> Result<Self, AssembleError> {
        let malformed = |part| AssembleError::MalformedBase { part };
        let mut value: Value = serde_json::from_slice(&manifest.raw).map_err(|_| malformed("manifest"))?;
        to_oci(&mut value);
        let Value::Array(layers) = value["layers"].take() else { return Err(malformed("manifest")) };
        let config: Value = serde_json::from_slice(config).map_err(|_| malformed("configuration"))?;
        let diff_ids = config["rootfs"]["diff_ids"].as_array().map_or(0, Vec::len);
        if diff_ids != layers.len() {
            return Err(AssembleError::UnevenBase { layers: layers.len(), diff_ids });
        }
        Ok(Self { config, layers, name, digest: Some(manifest.digest.clone()) })
    }

    /// Returns the image that `recipe` makes on this base, with the layers as they were measured.
    ///
    /// # Errors
    /// When the base's configuration is malformed.
    pub fn with(&self, recipe: &Recipe, layers: &[(Layer, Measured)]) -> Result<Image, AssembleError> {
        let config =
            self.config(recipe, layers).ok_or(AssembleError::MalformedBase { part: "configuration" })?;
        let config = config.to_string().into_bytes();
        let mut descriptors = self.layers.clone();
        descriptors.extend(layers.iter().map(
            |(_, layer)| json!({"mediaType": OCI_GZIP_LAYER, "digest": layer.digest, "size": layer.size}),
        ));
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_IMAGE,
            "config": {
                "mediaType": media_type::OCI_CONFIG,
                "digest": Digest::sha256(&config),
                "size": config.len(),
            },
            "layers": descriptors,
        });
        let mut notes = recipe.origin();
        notes.extend(self.name.as_ref().map(|name| (annotations::BASE_NAME, name.clone())));
        notes.extend(self.digest.as_ref().map(|digest| (annotations::BASE_DIGEST, digest.to_string())));
        if !notes.is_empty() {
            manifest["annotations"] =
                notes.into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
        }
        Ok(Image { config, manifest: manifest.to_string().into_bytes() })
    }

    /// `None` when something stands where a map or list belongs.
    fn config(&self, recipe: &Recipe, layers: &[(Layer, Measured)]) -> Option<Value> {
        let time = recipe.source_date.rfc3339();
        let mut config = self.config.clone();
        let all = config.as_object_mut()?;
        all.insert("created".into(), json!(time));
        recipe.apply(map(all, "config")?)?;
        let rootfs = map(all, "rootfs")?;
        rootfs.insert("type".into(), json!("layers"));
        list(rootfs, "diff_ids")?.extend(layers.iter().map(|(_, layer)| json!(layer.diff_id)));
        // A history is of all layers or of none: readers count both.
        if self.layers.is_empty() || all.get("history").is_some_and(|history| !history.is_null()) {
            let made =
                |(layer, _): &(Layer, Measured)| json!({"created": time, "created_by": layer.created_by()});
            list(all, "history")?.extend(layers.iter().map(made));
        }
        Some(config)
    }
}

impl Recipe {
    /// Returns what is known of the source code, by the names that the image specification gives it.
    pub fn origin(&self) -> Vec<(&'static str, String)> {
        let known = [
            (annotations::SOURCE, &self.source),
            (annotations::REVISION, &self.revision),
            (annotations::VERSION, &self.version),
        ];
        known.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))).collect()
    }

    /// Changes the part of a configuration that says how the program runs.
    fn apply(&self, config: &mut Map<String, Value>) -> Option<()> {
        if let Some(entrypoint) = &self.entrypoint {
            config.insert("Entrypoint".into(), words(entrypoint));
            // Arguments for another program make no sense; Docker drops them as well.
            config.remove("Cmd");
        }
        if let Some(cmd) = &self.cmd {
            config.insert("Cmd".into(), words(cmd));
        }
        if let Some(user) = &self.user {
            config.insert("User".into(), json!(user));
        }
        if let Some(folder) = &self.working_dir {
            config.insert("WorkingDir".into(), json!(folder.to_string()));
        }
        self.set_variables(config)?;
        let labels: Vec<(String, Value)> = self
            .origin()
            .into_iter()
            .map(|(name, text)| (name.to_owned(), json!(text)))
            .chain(self.labels.iter().map(|(name, text)| (name.clone(), json!(text))))
            .collect();
        if !labels.is_empty() {
            map(config, "Labels")?.extend(labels);
        }
        if !self.ports.is_empty() {
            map(config, "ExposedPorts")?.extend(self.ports.iter().map(|port| (port.to_string(), json!({}))));
        }
        Some(())
    }

    /// A variable that the base has keeps its place.
    fn set_variables(&self, config: &mut Map<String, Value>) -> Option<()> {
        if self.env.is_empty() {
            return Some(());
        }
        let all = list(config, "Env")?;
        for (name, text) in &self.env {
            let line = json!(format!("{name}={text}"));
            let is_same = |known: &Value| {
                known.as_str().and_then(|known| known.split_once('=')).is_some_and(|(known, _)| known == name)
            };
            match all.iter_mut().find(|known| is_same(known)) {
                Some(known) => *known = line,
                None => all.push(line),
            }
        }
        Some(())
    }
}

fn words(words: &[String]) -> Value {
    if words.is_empty() { Value::Null } else { json!(words) }
}

fn map<'a>(parent: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    let value = parent.entry(name).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

fn list<'a>(parent: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Vec<Value>> {
    let value = parent.entry(name).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut()
}
