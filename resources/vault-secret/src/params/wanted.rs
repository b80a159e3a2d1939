//! One secret that the user wants.

use std::collections::BTreeMap;

use kit::{Flag, Secret, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Keys;
use crate::engines::Engine;
use crate::vault::ApiPath;
use kit::Span;

/// One secret: where it is, and what is wanted of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Where it is: the whole path as in `secret/app/db`, or what follows `mount`. With `engine` and no `mount`, what
    /// follows the engine's default mount. For dynamic engines the role alone will do beside `engine`.
    pub(crate) path: ApiPath,
    /// Where the engine is mounted.
    pub(crate) mount: Option<ApiPath>,
    /// The engine. Asked of Vault by default.
    pub(crate) engine: Option<Engine>,
    /// What files, versions and metadata call it. The path by default.
    pub(crate) name: Option<String>,
    /// KV 2: the version to get, whatever check found. The newest by default.
    pub(crate) version: Option<Text>,
    /// Fields of the request, for engines that take some: `common_name`, `ttl`, `public_key`, `ip`.
    pub(crate) params: Option<Map<String, Value>>,
    /// Fields of the request's query.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, Text>,
    /// `read` or `write`. What the engine takes by default.
    pub(crate) method: Option<RequestMethod>,
    /// Which part of the answer is the secret. `raw` is for endpoints that send no JSON, whose text becomes `content`.
    #[serde(default)]
    pub(crate) take: Take,
    /// Transit: text to be encrypted, signed or digested, put into the request as base64.
    pub(crate) text: Option<Secret>,
    /// Has Vault wrap the answer: what is written is a wrapping token that lives so long, and can be unwrapped once.
    pub(crate) wrap: Option<Span>,
    /// The keys to take, as a list, or as a map from the name to write to the key in Vault. `/a/b` is a nested key.
    pub(crate) keys: Option<Keys>,
    /// Keys whose values are base64 and are written decoded, after `keys` has renamed them. `true` for all.
    #[serde(default)]
    pub(crate) decode: Decode,
    /// Reads values that are JSON objects or lists as such.
    #[serde(default)]
    pub(crate) expand_json: Flag,
    /// Goes on without it if it does not exist.
    #[serde(default)]
    pub(crate) optional: Flag,
    /// Put before each key in files that mix the keys of several secrets.
    #[serde(default)]
    pub(crate) prefix: String,
    /// Credentials that are made on request: how often check offers a new version. Two thirds of the lease by default.
    pub(crate) renew_every: Option<Span>,
    /// Check offers a new version so long before the lease's, or the certificate's, end.
    pub(crate) renew_before: Option<Span>,
    /// With `renew_before`: the key of a stored secret that holds a PEM certificate.
    pub(crate) certificate_key: Option<String>,
    /// The keys whose change makes a new version, where Vault keeps none. All by default.
    #[serde(default)]
    pub(crate) watch_keys: Vec<String>,
    /// A lease that check renews: its whole id, or the part after `<mount>/creds/<path>/`.
    pub(crate) lease_id: Option<String>,
}

/// How a path is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RequestMethod {
    Read,
    Write,
}

/// Which part of an answer is the secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Take {
    #[default]
    Data,
    Auth,
    Raw,
}

/// Which values are base64.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Decode {
    All(Flag),
    Keys(Vec<String>),
}

impl Default for Decode {
    fn default() -> Self {
        Self::All(Flag(false))
    }
}

impl Decode {
    /// Tells whether the value of `key` is base64.
    pub(crate) fn includes(&self, key: &str) -> bool {
        match self {
            Self::All(all) => all.get(),
            Self::Keys(keys) => keys.iter().any(|known| known == key),
        }
    }

    /// Returns the keys that are named one by one: each must exist.
    pub(crate) fn named(&self) -> &[String] {
        match self {
            Self::All(_) => &[],
            Self::Keys(keys) => keys,
        }
    }
}

impl Wanted {
    /// Returns a wish for what is at `path`, with nothing else said.
    pub(crate) fn at(path: ApiPath) -> Self {
        Self {
            path,
            mount: None,
            engine: None,
            name: None,
            version: None,
            params: None,
            query: BTreeMap::new(),
            method: None,
            take: Take::Data,
            text: None,
            wrap: None,
            keys: None,
            decode: Decode::default(),
            expand_json: Flag(false),
            optional: Flag(false),
            prefix: String::new(),
            renew_every: None,
            renew_before: None,
            certificate_key: None,
            watch_keys: Vec::new(),
            lease_id: None,
        }
    }

    /// Returns what files, versions and metadata call it.
    pub(crate) fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| match &self.mount {
            Some(mount) => mount.join(self.path.as_str()).to_string(),
            None => self.path.to_string(),
        })
    }
}
