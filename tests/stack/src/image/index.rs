//! Indexes, also nested ones.

use serde_json::{Map, Value, json};

use super::content::{Blob, Content};
use super::media_type;

/// An index in the making.
#[derive(Clone, Debug, Default)]
pub struct Index {
    children: Vec<Content>,
    annotations: Map<String, Value>,
    docker: bool,
}

impl Index {
    /// Starts an index of images, artifacts or further indexes.
    pub fn of(children: impl IntoIterator<Item = Content>) -> Self {
        Self { children: children.into_iter().collect(), ..Self::default() }
    }

    /// Sets an annotation.
    pub fn annotation(mut self, name: &str, value: &str) -> Self {
        self.annotations.insert(name.into(), json!(value));
        self
    }

    /// Uses Docker's media type.
    pub fn docker(mut self) -> Self {
        self.docker = true;
        self
    }

    /// Finishes the index.
    pub fn build(self) -> Content {
        let media_type = if self.docker { media_type::DOCKER_LIST } else { media_type::INDEX };
        let manifests: Vec<Value> = self.children.iter().map(Content::descriptor).collect();
        let mut index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests});
        if !self.annotations.is_empty() {
            index["annotations"] = Value::Object(self.annotations);
        }
        Content {
            manifest: Blob::json(media_type, &index),
            blobs: Vec::new(),
            children: self.children,
            descriptor_fields: Map::new(),
        }
    }
}
