//! One rendered object.

use std::fmt;

use kit::Result;
use serde_json::{Map, Value};

use crate::yaml;

/// What tells one object from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The kind, as in `Deployment`.
    pub kind: String,
    /// The API group; empty for the core's.
    pub group: String,
    /// The namespace that the object names; empty where it names none.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => write!(f, "{} `{}`", self.kind, self.name),
            namespace => write!(f, "{} `{}` in `{namespace}`", self.kind, self.name),
        }
    }
}

/// A rendered object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its whole content.
    pub value: Value,
}

impl Object {
    /// Returns the text at a JSON pointer; empty where there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the kind.
    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// Returns the namespace that the object names; empty where it names none.
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// Returns group and version, as in `("apps", "v1")`.
    pub fn group_version(&self) -> (&str, &str) {
        self.text("/apiVersion").split_once('/').unwrap_or(("", self.text("/apiVersion")))
    }

    /// Returns what tells the object from others.
    pub fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: self.kind().to_owned(),
            group: self.group_version().0.to_owned(),
            namespace: self.namespace().to_owned(),
            name: self.name().to_owned(),
        }
    }

    /// Returns the object as Helm applies it: with the marks that say whose it is.
    pub fn as_applied_by_helm(&self, release: &str, namespace: &str) -> Self {
        let mut object = self.clone();
        let marks = [
            ("labels", "app.kubernetes.io/managed-by", "Helm"),
            ("annotations", "meta.helm.sh/release-name", release),
            ("annotations", "meta.helm.sh/release-namespace", namespace),
        ];
        for (field, name, value) in marks {
            let metadata = object.value.get_mut("metadata").and_then(Value::as_object_mut);
            let place =
                metadata.map(|metadata| metadata.entry(field).or_insert_with(|| Value::Object(Map::new())));
            if let Some(Value::Object(place)) = place {
                place.insert(name.to_owned(), value.into());
            }
        }
        object
    }

    /// Returns an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.value.pointer("/metadata/annotations")?.get(name)?.as_str()
    }

    /// Returns a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.value.pointer("/metadata/labels")?.get(name)?.as_str()
    }
}

/// Reads a manifest: a stream of YAML documents, of which lists are taken apart.
///
/// # Errors
/// When it is not YAML.
pub fn objects(manifest: &str) -> Result<Vec<Object>> {
    let mut found = Vec::new();
    for document in yaml::documents(manifest)? {
        match document.get("items").and_then(Value::as_array) {
            Some(items)
                if document
                    .get("kind")
                    .and_then(Value::as_str)
                    .is_some_and(|kind| kind.ends_with("List")) =>
            {
                found.extend(items.iter().map(|item| Object { value: item.clone() }));
            }
            _ => found.push(Object { value: document }),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_taken_apart() {
        let manifest = "---\n# Source: app/templates/a.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n\
                        ---\napiVersion: v1\nkind: ConfigMapList\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]\n---\n";
        let found = objects(manifest).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].key().to_string(), "Deployment `web`");
        assert_eq!((found[0].group_version(), found[1].group_version()), (("apps", "v1"), ("", "v1")));
    }
}
