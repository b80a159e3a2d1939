//! What is read of an image's configuration.

use std::collections::BTreeMap;

use kit::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// Names and texts, sorted by name.
pub(super) type Texts = BTreeMap<String, String>;

#[derive(Deserialize)]
struct File {
    config: Option<Config>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    env: Option<Vec<String>>,
    user: Option<String>,
    cmd: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    labels: Option<Texts>,
}

/// What Concourse reads of a container image.
#[derive(Serialize)]
struct ImageMetadata {
    env: Option<Vec<String>>,
    user: String,
    cmd: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
}

/// Returns `metadata.json`.
pub(super) fn metadata(raw: &[u8]) -> Result<Vec<u8>> {
    let Config { env, user, cmd, entrypoint, .. } = read(raw)?;
    let metadata = ImageMetadata { env, user: user.unwrap_or_default(), cmd, entrypoint };
    Ok(serde_json::to_vec(&metadata)?)
}

/// Returns the labels.
pub(super) fn labels(raw: &[u8]) -> Result<Texts> {
    Ok(read(raw)?.labels.unwrap_or_default())
}

fn read(raw: &[u8]) -> Result<Config> {
    let file: File =
        serde_json::from_slice(raw).context(|| "the image's configuration is malformed".into())?;
    Ok(file.config.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_null_but_for_the_user() {
        let text = |raw: &str| String::from_utf8(metadata(raw.as_bytes()).unwrap()).unwrap();
        assert_eq!(text("{}"), r#"{"env":null,"user":"","cmd":null,"entrypoint":null}"#);
        let config = r#"{"config": {"Env": ["A=b"], "User": "1:2", "Cmd": ["c"], "Entrypoint": ["e"], "Labels": null}}"#;
        assert_eq!(text(config), r#"{"env":["A=b"],"user":"1:2","cmd":["c"],"entrypoint":["e"]}"#);
        assert!(labels(config.as_bytes()).unwrap().is_empty());
    }
}
