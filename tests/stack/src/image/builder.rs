//! Images and artifacts.

use serde_json::{Map, Value, json};

use super::content::{Blob, Content};
use super::layer::Layer;
use super::media_type;

/// An image in the making: for linux/amd64 and without layers at first.
#[derive(Clone, Debug)]
pub struct Builder {
    config: Value,
    manifest: Value,
    layers: Vec<Blob>,
    docker: bool,
}

impl Builder {
    /// Starts an image.
    pub fn new() -> Self {
        let config = json!({
            "created": "1970-01-01T00:00:01Z", "architecture": "amd64", "os": "linux",
            "config": {}, "rootfs": {"type": "layers", "diff_ids": []}, "history": [],
        });
        let manifest =
            json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": {}, "layers": []});
        Self { config, manifest, layers: Vec::new(), docker: false }
    }

    /// Sets the platform, as in `linux/arm64` or `linux/arm/v7`.
    pub fn platform(mut self, platform: &str) -> Self {
        for (field, value) in platform_fields(platform) {
            self.config[field] = value;
        }
        self
    }

    /// Adds a layer on top.
    pub fn layer(mut self, layer: Layer) -> Self {
        push(&mut self.config["rootfs"]["diff_ids"], json!(layer.diff_id()));
        push(&mut self.config["history"], json!({"created_by": "a test"}));
        self.layers.push(layer.blob());
        self
    }

    /// Adds a blob as a layer, of whatever media type.
    pub fn layer_blob(mut self, blob: Blob, diff_id: &str) -> Self {
        push(&mut self.config["rootfs"]["diff_ids"], json!(diff_id));
        self.layers.push(blob);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        push(&mut self.config["config"]["Env"], json!(format!("{name}={value}")));
        self
    }

    /// Sets the user.
    pub fn user(mut self, user: &str) -> Self {
        self.config["config"]["User"] = json!(user);
        self
    }

    /// Sets a label.
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.config["config"]["Labels"][name] = json!(value);
        self
    }

    /// Sets an annotation of the manifest.
    pub fn annotation(mut self, name: &str, value: &str) -> Self {
        self.manifest["annotations"][name] = json!(value);
        self
    }

    /// Changes the config in any way.
    pub fn config(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.config);
        self
    }

    /// Uses Docker's media types.
    pub fn docker(mut self) -> Self {
        self.docker = true;
        self
    }

    /// Finishes the image.
    pub fn build(mut self) -> Content {
        let (manifest_type, config_type) = if self.docker {
            for layer in self.layers.iter_mut().filter(|layer| layer.media_type.ends_with("+gzip")) {
                layer.media_type = media_type::DOCKER_LAYER.into();
            }
            (media_type::DOCKER_MANIFEST, media_type::DOCKER_CONFIG)
        } else {
            (media_type::MANIFEST, media_type::CONFIG)
        };
        let config = Blob::json(config_type, &self.config);
        self.manifest["mediaType"] = json!(manifest_type);
        self.manifest["config"] = config.descriptor();
        self.manifest["layers"] = self.layers.iter().map(Blob::descriptor).collect();
        let platform: Map<String, Value> =
            ["architecture", "os", "variant"].iter().filter_map(|name| field(&self.config, name)).collect();
        Content {
            manifest: Blob::json(manifest_type, &self.manifest),
            blobs: self.layers.into_iter().chain([config]).collect(),
            children: Vec::new(),
            descriptor_fields: Map::from_iter([("platform".to_owned(), Value::Object(platform))]),
        }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

/// An artifact in the making: a manifest that is no image, such as a signature or a chart.
#[derive(Clone, Debug)]
pub struct Artifact {
    manifest: Value,
    config: Blob,
    blobs: Vec<Blob>,
}

impl Artifact {
    /// Starts an artifact of a type, with the empty config.
    pub fn new(artifact_type: &str) -> Self {
        let manifest = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "artifactType": artifact_type, "config": {}});
        Self { manifest, config: Blob::new(media_type::EMPTY, "{}"), blobs: Vec::new() }
    }

    /// Sets the config, whose media type tells the artifact's where there is no artifact type, as with Helm's charts.
    pub fn config(mut self, config: Blob) -> Self {
        self.config = config;
        self
    }

    /// Adds a blob.
    pub fn blob(mut self, blob: Blob) -> Self {
        self.blobs.push(blob);
        self
    }

    /// Says what the artifact belongs to, which makes it one of that image's referrers.
    pub fn subject(mut self, subject: &Content) -> Self {
        self.manifest["subject"] = subject.manifest.descriptor();
        self
    }

    /// Sets an annotation of the manifest.
    pub fn annotation(mut self, name: &str, value: &str) -> Self {
        self.manifest["annotations"][name] = json!(value);
        self
    }

    /// Finishes the artifact.
    pub fn build(mut self) -> Content {
        self.manifest["config"] = self.config.descriptor();
        self.manifest["layers"] = self.blobs.iter().map(Blob::descriptor).collect();
        let artifact_type = field(&self.manifest, "artifactType").into_iter().collect();
        Content {
            manifest: Blob::json(media_type::MANIFEST, &self.manifest),
            blobs: self.blobs.into_iter().chain([self.config]).collect(),
            children: Vec::new(),
            descriptor_fields: artifact_type,
        }
    }
}

fn field(object: &Value, name: &str) -> Option<(String, Value)> {
    Some((name.to_owned(), object.get(name)?.clone()))
}

fn platform_fields(platform: &str) -> impl Iterator<Item = (&'static str, Value)> {
    ["os", "architecture", "variant"].into_iter().zip(platform.split('/').map(|part| json!(part)))
}

/// Appends to an array, which is made if it is not there.
fn push(array: &mut Value, item: Value) {
    match array {
        Value::Array(items) => items.push(item),
        other => *other = json!([item]),
    }
}
