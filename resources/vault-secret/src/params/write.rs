//! One secret to write.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kit::Flag;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::engines::Engine;
use crate::vault::ApiPath;
use kit::Span;

/// A secret to write. Its keys come from `data`, `files`, `from_dir` and `generate` together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Write {
    /// Where: the whole path, or what follows `mount`. With `engine` and no `mount`, what follows the default mount.
    pub(crate) path: ApiPath,
    /// Where the engine is mounted.
    pub(crate) mount: Option<ApiPath>,
    /// The engine. Asked of Vault by default.
    pub(crate) engine: Option<Engine>,
    /// What version and metadata call it. The path by default.
    pub(crate) name: Option<String>,
    /// Keys and values. With `patch`, null removes a key.
    #[serde(default)]
    pub(crate) data: SecretMap,
    /// Keys whose values are files of the put's inputs, byte for byte.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// A folder of the inputs: each file becomes a key. A folder within is an error.
    pub(crate) from_dir: Option<String>,
    /// Take one line end off the end of each file.
    #[serde(default)]
    pub(crate) trim: Flag,
    /// Store files as base64, as those that are not text must be.
    #[serde(default)]
    pub(crate) base64: Flag,
    /// Keys to be generated. A key that exists already keeps its value.
    #[serde(default)]
    pub(crate) generate: BTreeMap<String, Generate>,
    /// Change only the keys given, and leave the others.
    #[serde(default)]
    pub(crate) patch: Flag,
    /// KV 2: write only if this is the newest version; 0 if there is none yet.
    pub(crate) cas: Option<u64>,
    /// Write even if nothing would change.
    #[serde(default)]
    pub(crate) always_write: Flag,
    /// KV 2: texts to keep beside the secret. `{{ build.url }}` and the like stand for the build.
    #[serde(default)]
    pub(crate) custom_metadata: BTreeMap<String, String>,
    /// KV 2: refuse a secret whose custom metadata `managed-by` names somebody else, and mark new ones with it.
    pub(crate) owner: Option<String>,
    /// KV 2: how many versions Vault keeps.
    pub(crate) max_versions: Option<u64>,
    /// KV 2: after how long a version is deleted.
    pub(crate) delete_version_after: Option<Span>,
    /// KV 2: whether every write must carry `cas`.
    pub(crate) cas_required: Option<bool>,
}

/// A value to be generated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generate {
    /// A password policy in Vault that makes the value.
    pub(crate) policy: Option<String>,
    /// Without a policy: how many characters.
    #[serde(default = "default_length")]
    #[schemars(range(min = 8, max = 4096))]
    pub(crate) length: u16,
    /// Without a policy: the characters to choose from. Letters and digits by default.
    pub(crate) charset: Option<String>,
    /// Make a new value even if there is one.
    #[serde(default)]
    pub(crate) always: Flag,
}

/// 32 letters and digits are 190 bits.
fn default_length() -> u16 {
    32
}

/// Values that are not to be shown.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretMap(pub(crate) Map<String, Value>);

impl std::fmt::Debug for SecretMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl JsonSchema for SecretMap {
    fn schema_name() -> Cow<'static, str> {
        "SecretMap".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "writeOnly": true })
    }
}

impl Write {
    /// Returns a write of nothing to `path`.
    pub(crate) fn to(path: ApiPath) -> Self {
        Self {
            path,
            mount: None,
            engine: None,
            name: None,
            data: SecretMap::default(),
            files: BTreeMap::new(),
            from_dir: None,
            trim: Flag(false),
            base64: Flag(false),
            generate: BTreeMap::new(),
            patch: Flag(false),
            cas: None,
            always_write: Flag(false),
            custom_metadata: BTreeMap::new(),
            owner: None,
            max_versions: None,
            delete_version_after: None,
            cas_required: None,
        }
    }
}
