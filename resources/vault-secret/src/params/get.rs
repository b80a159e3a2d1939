//! The `params:` of a get.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kit::Flag;
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use super::{OutputFile, Wanted, mount_keyed};
use crate::auth::LoginKeys;
use crate::engines::Engine;
use crate::vault::ApiPath;

/// The `params:` of a get: our own options, and beside them mounts with the paths that are wanted there.
#[derive(Clone, Debug, Default)]
pub struct GetParams {
    pub(crate) options: GetOptions,
    pub(crate) mounts: Vec<(ApiPath, MountReads)>,
}

/// The options of a get.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GetOptions {
    /// The secrets to get. Not beside `secret` or `secrets` in source.
    pub(crate) secrets: Vec<Wanted>,
    /// The files to write. `vault.json` by default.
    pub(crate) files: Vec<OutputFile>,
    /// How to log in, instead of what source says.
    pub(crate) auth: Option<LoginKeys>,
    /// Get nothing: for the get after a put (`get_params`).
    pub(crate) skip_download: Flag,
    /// API paths whose answer's `data` goes to `<path>.json`.
    pub(crate) paths: Vec<ApiPath>,
    /// Whole API paths with the version to get, -1 for the newest; all keys go to the file `secrets`.
    pub(crate) vault_paths: BTreeMap<String, i64>,
}

/// What is wanted of a mount.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MountReads {
    /// The engine that is mounted there.
    pub(crate) engine: Engine,
    /// The paths below the mount; for dynamic engines the roles.
    pub(crate) paths: Vec<ApiPath>,
    /// Renew leases instead: each path is then a role, a slash, and the end of a lease's id.
    #[serde(default)]
    pub(crate) renew: Flag,
}

impl<'de> Deserialize<'de> for GetParams {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::<String, Value>::deserialize(deserializer)?;
        let (mounts, options) = mount_keyed::split(fields).map_err(de::Error::custom)?;
        Ok(Self { options, mounts })
    }
}

impl JsonSchema for GetParams {
    fn schema_name() -> Cow<'static, str> {
        "GetParams".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        mount_keyed::schema::<MountReads, GetOptions>(generator)
    }
}

#[cfg(test)]
mod tests {
    use kit::input::{Mistake, Path, Reading, decode};
    use serde_json::json;

    use super::*;

    fn read(params: Value) -> Result<GetParams, String> {
        let mut reading = Reading::default();
        let read = decode(&Path::root("params"), params, &mut reading);
        let mistakes: Vec<String> = reading.mistakes.iter().map(Mistake::to_string).collect();
        read.ok_or_else(|| mistakes.join("\n"))
    }

    #[test]
    fn mounts_stand_beside_options_whatever_their_names() {
        let params = read(json!({
            "secrets": {"engine": "kv2", "paths": ["app/db"]},
            "team/kv": {"engine": "kv1", "paths": ["a", "b"]},
            "files": [{"format": "env", "file": "app.env"}],
            "skip_download": "true",
        }))
        .unwrap();
        let mounts: Vec<&str> = params.mounts.iter().map(|(mount, _)| mount.as_str()).collect();
        assert_eq!(mounts, ["secrets", "team/kv"]);
        assert!(params.options.skip_download.get() && params.options.secrets.is_empty());
        assert_eq!(params.options.files.len(), 1);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let cases = [
            (
                json!({"kv": {"engine": "kv3", "paths": ["a"]}}),
                "`params.kv.engine`: expected `kv1`, `kv2`, `database`, `aws`, `azure`, `consul`, `kubernetes`, \
                 `ldap`, `nomad`, `pki`, `rabbitmq`, `ssh`, `terraform`, `totp` or `transit`, found `kv3`; did you \
                 mean `kv1`?",
            ),
            (json!({"kv": {"engine": "kv1"}}), "`params.kv`: `paths` is missing"),
            (
                json!({"secrets": [{"paht": "a"}]}),
                "`params.secrets[0]`: `path` is missing\n`params.secrets[0].paht`: unknown field; did you mean `path`?",
            ),
        ];
        for (params, expected) in cases {
            assert_eq!(read(params.clone()).unwrap_err(), expected, "{params}");
        }
    }
}
