//! The types whose schemas are known: those that Concourse brings along, described in `data/types`, and
//! those that are handed in.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use pipeline::yaml;
use serde_json::Value as Json;

/// The base types that Concourse's own images bring along, and what is known of them.
const BASE_TYPES: &[(&str, &str)] = &[
    ("bosh-io-release", include_str!("../../data/types/bosh-io-release.yml")),
    ("bosh-io-stemcell", include_str!("../../data/types/bosh-io-stemcell.yml")),
    ("docker-image", include_str!("../../data/types/docker-image.yml")),
    ("git", include_str!("../../data/types/git.yml")),
    ("github-release", include_str!("../../data/types/github-release.yml")),
    ("hg", include_str!("../../data/types/hg.yml")),
    ("mock", include_str!("../../data/types/mock.yml")),
    ("pool", include_str!("../../data/types/pool.yml")),
    ("registry-image", include_str!("../../data/types/registry-image.yml")),
    ("s3", include_str!("../../data/types/s3.yml")),
    ("semver", include_str!("../../data/types/semver.yml")),
    ("time", include_str!("../../data/types/time.yml")),
];

/// This project's own types, as their binaries print their schemas.
const OWN_TYPES: &[(&str, &str)] = &[
    ("helm-release", include_str!("../../data/types/own/helm-release.json")),
    ("quay-image", include_str!("../../data/types/own/quay-image.json")),
    ("vault-secret", include_str!("../../data/types/own/vault-secret.json")),
];

/// The schemas of a resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeSchema {
    /// Whether the resource refuses keys that it does not know.
    pub is_strict: bool,
    /// Schema of `source`.
    pub source: Json,
    /// Schema of versions.
    pub version: Json,
    /// Schema of the params of gets.
    pub get_params: Json,
    /// Schema of the params of puts.
    pub put_params: Json,
}

/// The types whose schemas are known.
#[derive(Clone, Debug, Default)]
pub struct TypeSchemas {
    added: BTreeMap<String, TypeSchema>,
}

/// Why a document is no schema of a resource type.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSchema {
    /// It is neither JSON nor YAML.
    #[error("neither JSON nor YAML: {0}")]
    Syntax(String),
    /// It lacks the part that everything starts from.
    #[error(
        "has no `source`: a schema of a resource type has `source`, `version`, `get_params` and `put_params`"
    )]
    NoSource,
}

/// How many types are described in `data/types`.
const KNOWN: usize = BASE_TYPES.len() + OWN_TYPES.len();

/// Returns the schemas of a type that is described in `data/types`, read when they are first asked for.
fn described(name: &str) -> Option<&'static TypeSchema> {
    static READ: [OnceLock<Option<TypeSchema>>; KNOWN] = [const { OnceLock::new() }; KNOWN];
    let mut all = BASE_TYPES.iter().chain(OWN_TYPES).zip(&READ);
    let ((_, text), read) = all.find(|((known, _), _)| *known == name)?;
    read.get_or_init(|| TypeSchema::parse(text).ok()).as_ref()
}

impl TypeSchema {
    /// Reads what a resource prints for `--schema`, or a file of the same form.
    ///
    /// # Errors
    /// The text is neither JSON nor YAML, or has no `source`.
    pub fn parse(text: &str) -> Result<Self, InvalidSchema> {
        let document = yaml::read(text).map_err(|error| InvalidSchema::Syntax(error.message))?;
        let json = document.root.map(|root| root.to_json()).unwrap_or_default();
        Self::from_json(&json)
    }

    /// Takes the value that a resource prints for `--schema`.
    ///
    /// # Errors
    /// It has no `source`.
    pub fn from_json(json: &Json) -> Result<Self, InvalidSchema> {
        let part = |name: &str| json.get(name).cloned().unwrap_or(Json::Bool(true));
        if json.get("source").is_none() {
            return Err(InvalidSchema::NoSource);
        }
        Ok(Self {
            is_strict: json.get("strict").and_then(Json::as_bool).unwrap_or(true),
            source: part("source"),
            version: part("version"),
            get_params: part("get_params"),
            put_params: part("put_params"),
        })
    }
}

impl TypeSchemas {
    /// Returns the base types alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a type; it hides a base type of the same name.
    pub fn insert(&mut self, name: impl Into<String>, schema: TypeSchema) {
        self.added.insert(name.into(), schema);
    }

    /// Returns the schemas of a type.
    pub fn get(&self, name: &str) -> Option<&TypeSchema> {
        self.added.get(name).or_else(|| described(name))
    }

    /// Returns whether Concourse's own workers bring a type along.
    pub fn is_base_type(name: &str) -> bool {
        BASE_TYPES.iter().any(|(base, _)| *base == name)
    }

    /// Returns the type of this project whose image a repository's name means: `ghcr.io/x/quay-image`.
    pub fn own_type_of_image(repository: &str) -> Option<&'static str> {
        let name = repository.rsplit('/').next().unwrap_or_default();
        OWN_TYPES.iter().map(|(own, _)| *own).find(|own| *own == name)
    }

    /// Returns the names of all types whose schemas are known.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = BASE_TYPES.iter().chain(OWN_TYPES).map(|(name, _)| *name).collect();
        names.extend(self.added.keys().map(String::as_str));
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_files_are_schemas_of_the_type_they_are_named_after() {
        for (name, text) in BASE_TYPES {
            let json = yaml::read(text).unwrap().root.unwrap().to_json();
            assert_eq!(json["name"], *name);
            let schema = TypeSchema::from_json(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
            for part in [&schema.source, &schema.version, &schema.get_params, &schema.put_params] {
                assert_eq!(part["type"], "object", "{name}");
            }
        }
    }
}
