//! `values_from`: values out of artifacts and the cluster.

use std::collections::BTreeMap;

use kit::{Flag, Text};
use schemars::JsonSchema;
use serde::Deserialize;

/// Where further values come from. They are merged in order, over the files of `values` and under `override_values`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields)]
pub enum ValuesFrom {
    /// A values file, or with `target_path` any file's text.
    File {
        /// The file, below the inputs.
        path: String,
        /// Where its text goes; without it the file is YAML and merged at the root.
        #[serde(default)]
        target_path: Option<String>,
        /// Go on without it if it is not there.
        #[serde(default)]
        optional: Flag,
        /// Its values are secret.
        #[serde(default)]
        secret: Flag,
    },
    /// A values file with `{{ … }}` in it: `build.*`, `vars.*`, and `file("path")`.
    Template {
        /// The template, below the inputs.
        path: String,
        /// What `vars.*` means.
        #[serde(default)]
        vars: BTreeMap<String, Text>,
    },
    /// What a vault-secret get fetched. All of it is secret.
    Vault {
        /// The artifact's folder, or its `vault.json`.
        #[serde(rename = "artifact")]
        artifact: String,
        /// The secret's path in Vault, where the artifact holds several.
        #[serde(default)]
        secret_path: Option<String>,
        /// One key of the secret; all of them as a map without it.
        #[serde(default)]
        key: Option<String>,
        /// Where it goes; the root without it.
        #[serde(default)]
        target_path: Option<String>,
    },
    /// What a quay-image get fetched: becomes `repository`, `tag` and `digest`.
    Image {
        /// The artifact's folder.
        artifact: String,
        /// Where it goes.
        #[serde(default = "image")]
        target_path: String,
    },
    /// A Secret of the release's namespace. All of it is secret.
    Secret {
        /// Its name.
        name: String,
        /// The key with the values.
        #[serde(default = "values_yaml")]
        key: String,
        /// Where the key's text goes; without it the text is YAML and merged at the root.
        #[serde(default)]
        target_path: Option<String>,
        /// Go on without it if it is not there.
        #[serde(default)]
        optional: Flag,
    },
    /// A ConfigMap of the release's namespace.
    ConfigMap {
        /// Its name.
        name: String,
        /// The key with the values.
        #[serde(default = "values_yaml")]
        key: String,
        /// Where the key's text goes; without it the text is YAML and merged at the root.
        #[serde(default)]
        target_path: Option<String>,
        /// Go on without it if it is not there.
        #[serde(default)]
        optional: Flag,
    },
}

fn image() -> String {
    "image".into()
}

fn values_yaml() -> String {
    "values.yaml".into()
}
