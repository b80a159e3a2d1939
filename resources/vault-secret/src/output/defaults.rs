//! The files that are written if none is named: those of the resource that the pipeline was written for.

use kit::{Error, Flag, Result};
use serde_json::Value;

use super::{Rendered, flat, json, yaml};
use crate::params::{FlatFormat, OutputFile};
use crate::secret::FetchedSecret;
use crate::selection::Said;
use crate::source::Source;

/// Returns `vault.json`, or for API paths `<path>.json` and `secrets`.
pub(super) fn render(source: &Source, secrets: &[FetchedSecret]) -> Result<Vec<Rendered>> {
    let of = |wanted: fn(Said) -> bool| -> Vec<&FetchedSecret> {
        secrets.iter().filter(|secret| wanted(secret.said)).collect()
    };
    let api_paths = of(|said| said == Said::ApiPath);
    let vault_paths = of(|said| said == Said::VaultPath);
    let others = of(|said| !matches!(said, Said::ApiPath | Said::VaultPath));
    let mut rendered = Vec::new();
    if !others.is_empty() || (api_paths.is_empty() && vault_paths.is_empty()) {
        rendered.push(Rendered::new("vault.json", json::by_name(&others)?));
    }
    for secret in api_paths {
        rendered.push(Rendered::new(format!("{}.json", secret.path), json::render(&secret.object())?));
    }
    if !vault_paths.is_empty() {
        rendered.push(Rendered::new("secrets", side_by_side(source, &vault_paths)?));
    }
    Ok(rendered)
}

/// All keys in one flat map, as Comcast's resource writes them. It lets the last of two equal keys win, in an order
/// that changes from run to run; here they are an error.
fn side_by_side(source: &Source, secrets: &[&FetchedSecret]) -> Result<Vec<u8>> {
    let file = OutputFile {
        prefix: if source.prefix.is_empty() { String::new() } else { format!("{}_", source.prefix) },
        upcase: source.upcase,
        sanitize: Flag(false),
        ..OutputFile::default()
    };
    let mut structure = serde_json::Map::new();
    for (key, value) in flat::structure(&file, secrets)? {
        let key = if source.sanitize.get() { key.replace(['-', '.'], "_") } else { key };
        if structure.insert(key.clone(), value).is_some() {
            return Err(Error::new(format!("two keys would both be called `{key}`")));
        }
    }
    match source.format {
        Some(FlatFormat::Yaml) => Ok(yaml::render(&structure).into()),
        Some(FlatFormat::Json) | None => Ok(serde_json::to_vec(&Value::Object(structure))?),
    }
}
