//! The `params:` of a put.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kit::Flag;
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use super::write::SecretMap;
use super::{Wanted, Write, mount_keyed};
use crate::auth::LoginKeys;
use crate::engines::Engine;
use crate::vault::ApiPath;
use kit::Span;

/// The `params:` of a put: our own options, and beside them mounts with the secrets to write there.
#[derive(Clone, Debug, Default)]
pub struct PutParams {
    pub(crate) options: PutOptions,
    pub(crate) mounts: Vec<(ApiPath, MountWrites)>,
}

/// The options of a put. What is asked is done in the order of this table.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PutOptions {
    /// How to log in, instead of what source says.
    pub(crate) auth: Option<LoginKeys>,
    /// Say what would change, by the names of keys, and change nothing.
    pub(crate) dry_run: Flag,
    /// Write even if nothing would change.
    pub(crate) always_write: Flag,
    /// Secrets to write.
    pub(crate) write: Vec<Write>,
    /// KV 2: secrets to copy.
    pub(crate) copy: Vec<Copy>,
    /// KV 2: secrets to set back to an earlier version, as a new one.
    pub(crate) rollback: Vec<Rollback>,
    /// Certificates and other credentials to issue and store in KV.
    pub(crate) issue: Vec<Issue>,
    /// Passwords that Vault is to rotate: `database/rotate-root/<connection>`, `database/rotate-role/<role>`,
    /// `aws/config/rotate-root`.
    pub(crate) rotate: Vec<ApiPath>,
    /// KV 2: versions to bring back.
    pub(crate) undelete: Vec<Versions>,
    /// KV: versions to delete; they can be brought back. Of KV 1, the secret.
    pub(crate) delete: Vec<Versions>,
    /// KV 2: versions to destroy for good.
    pub(crate) destroy: Vec<Versions>,
    /// Leases to renew.
    pub(crate) renew: Vec<LeaseSource>,
    /// Leases, tokens and certificates to revoke.
    pub(crate) revoke: Vec<LeaseSource>,
}

/// What is to be written to a mount.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MountWrites {
    /// The engine that is mounted there: `kv1` or `kv2`.
    pub(crate) engine: Engine,
    /// For each path its keys and values.
    pub(crate) secrets: BTreeMap<ApiPath, SecretMap>,
    /// KV 2: change only the keys given.
    #[serde(default)]
    pub(crate) patch: Flag,
}

/// A secret to copy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Copy {
    /// The whole path to read.
    pub(crate) from: ApiPath,
    /// KV 2: the version to read. The newest by default.
    pub(crate) version: Option<u64>,
    /// The whole path to write.
    pub(crate) to: ApiPath,
}

/// A secret to set back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rollback {
    /// The whole path.
    pub(crate) path: ApiPath,
    /// The version whose content becomes the newest.
    #[schemars(range(min = 1))]
    pub(crate) version: u64,
}

/// A credential to issue and store.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issue {
    /// What to ask for, as in a get: `path: pki/issue/web`, `params: {common_name: …}`.
    pub(crate) secret: Wanted,
    /// The whole path in KV to store it at.
    pub(crate) into: ApiPath,
    /// Keep the stored certificate while it is good for at least so long. A third of its life by default.
    pub(crate) renew_before: Option<Span>,
}

/// Versions of a secret.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Versions {
    /// The whole path.
    pub(crate) path: ApiPath,
    /// Their numbers. For `delete` the newest by default.
    #[serde(default)]
    pub(crate) versions: Vec<u64>,
    /// `delete`: all versions and the metadata, for good.
    #[serde(default)]
    pub(crate) everything: Flag,
}

/// What to renew or revoke: one of these.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LeaseSource {
    /// The `leases.json` of an earlier get, as in `credentials/leases.json`: all that it lists.
    pub(crate) file: Option<String>,
    /// A lease's id.
    pub(crate) lease_id: Option<String>,
    /// `revoke`: a certificate's serial number, with `mount`.
    pub(crate) serial_number: Option<String>,
    /// `revoke`: a token's accessor.
    pub(crate) accessor: Option<String>,
    /// For `serial_number`: where the PKI engine is mounted. `pki` by default.
    pub(crate) mount: Option<ApiPath>,
    /// `renew`: how long it shall live from now on. Vault may give less.
    pub(crate) increment: Option<Span>,
}

impl<'de> Deserialize<'de> for PutParams {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::<String, Value>::deserialize(deserializer)?;
        let (mounts, options) = mount_keyed::split(fields).map_err(de::Error::custom)?;
        Ok(Self { options, mounts })
    }
}

impl JsonSchema for PutParams {
    fn schema_name() -> Cow<'static, str> {
        "PutParams".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        mount_keyed::schema::<MountWrites, PutOptions>(generator)
    }
}
