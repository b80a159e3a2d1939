//! A file that a get writes.

use std::collections::BTreeMap;

use kit::{Flag, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

/// A file to write, or for some formats a folder. Files have mode 0600, folders 0700.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OutputFile {
    /// Its name below the get's folder. Each format has a default.
    pub(crate) file: Option<String>,
    /// What to write.
    pub(crate) format: Format,
    /// The names of the secrets that go in. All by default.
    pub(crate) secrets: Vec<String>,
    /// Put before each key.
    pub(crate) prefix: String,
    /// Keys in upper case.
    pub(crate) upcase: Flag,
    /// Every character of a key that is no letter, digit or `_` becomes `_`.
    pub(crate) sanitize: Flag,
    /// `json`, `yaml`, `toml`, `vars`, `helm-values`: each secret's keys below its name, instead of all side by side.
    pub(crate) nested: Flag,
    /// `helm-values`: where in the values the keys go, as in `app.database`.
    pub(crate) at: String,
    /// `template`: the text, with `{{ secrets["name"].key }}` in it; Jinja2's syntax.
    pub(crate) template: Option<String>,
    /// `kubernetes-secret`: the object's name and the rest. `kubeconfig`: the cluster.
    pub(crate) kubernetes: KubernetesObject,
    /// `pkcs12`: the password. By default a random one, written beside the file as `<file>.password`.
    pub(crate) password: Option<Secret>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    #[default]
    Vault,
    Files,
    Json,
    Yaml,
    Toml,
    Env,
    Shell,
    Properties,
    Vars,
    HelmValues,
    KubernetesSecret,
    Kubeconfig,
    Template,
    Pem,
    Pkcs12,
    Metadata,
}

/// A format of the file that all keys go to side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FlatFormat {
    Json,
    Yaml,
}

/// What a Kubernetes file says beside the secret.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KubernetesObject {
    /// The object's name.
    pub(crate) name: Option<String>,
    /// Its namespace; for a kubeconfig the one to work in.
    pub(crate) namespace: Option<String>,
    /// The Secret's type. `Opaque` by default, `kubernetes.io/tls` for a secret with `tls.crt` and `tls.key`.
    pub(crate) r#type: Option<String>,
    /// Labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// Annotations.
    pub(crate) annotations: BTreeMap<String, String>,
    /// Kubeconfig: the API server's address.
    pub(crate) server: Option<String>,
    /// Kubeconfig: the authority that issued the API server's certificate, PEM.
    pub(crate) ca_cert: Option<String>,
}
