//! Labels that Quay keeps of a manifest, beside those in it.

use kit::http::Method;
use oci_registry::Digest;
use serde::Deserialize;
use serde_json::json;

use crate::client::Result;
use crate::{Client, Scope};

/// Prefixes that Quay keeps for itself and its kin (`data/model/label.py` and the defaults of its configuration).
const RESERVED: [&str; 12] = [
    "com.docker.",
    "io.docker.",
    "org.dockerproject.",
    "org.opencontainers.",
    "io.cncf.",
    "io.kubernetes.",
    "io.k8s.",
    "io.quay",
    "com.coreos",
    "com.tectonic",
    "internal",
    "quay",
];

/// A label of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// Its id.
    pub id: String,
    /// Its key, which others may have as well.
    pub key: String,
    /// Its value.
    pub value: String,
    /// `api` if it was added to the manifest; else it is part of it.
    #[serde(default)]
    pub source_type: String,
}

/// Why Quay would refuse a label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLabel {
    /// The key's form.
    #[error("`{0}` is no key of a label: a-z and 0-9 are expected, with single `-` and `.` between them")]
    Key(String),
    /// The key's beginning.
    #[error("`{key}` can't be a label in Quay: `{prefix}` is reserved")]
    Reserved {
        /// The key.
        key: String,
        /// Its beginning.
        prefix: &'static str,
    },
}

/// Checks the key of a label that is to be added.
///
/// # Errors
/// When Quay would refuse it.
pub fn check_label_key(key: &str) -> std::result::Result<(), InvalidLabel> {
    if let Some(prefix) = RESERVED.into_iter().find(|prefix| key.starts_with(prefix)) {
        return Err(InvalidLabel::Reserved { key: key.into(), prefix });
    }
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if key.split(['-', '.']).all(is_word) { Ok(()) } else { Err(InvalidLabel::Key(key.into())) }
}

#[derive(Deserialize)]
struct Labels {
    labels: Vec<Label>,
}

impl Client {
    /// Lists the labels of a manifest: its own, and those added.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn labels(&self, digest: &Digest) -> Result<Vec<Label>> {
        let path = ["manifest", digest.as_str(), "labels"];
        let call = self.on_repository("read the labels", Scope::Read, Method::GET, &path);
        Ok(self.read::<Labels>(call).await?.labels)
    }

    /// Sees to it that a manifest has a label once, with this value. Tells whether something had to be done.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn set_label(&self, digest: &Digest, key: &str, value: &str) -> Result<bool> {
        let labels = self.labels(digest).await?;
        let (same, others): (Vec<&Label>, Vec<&Label>) = labels
            .iter()
            .filter(|label| label.key == key && label.source_type == "api")
            .partition(|label| label.value == value);
        // Keys may repeat: what has another value, and the same one twice, goes first.
        for label in others.iter().chain(same.iter().skip(1)) {
            let path = ["manifest", digest.as_str(), "labels", &label.id];
            let action = format!("delete the label `{key}`");
            self.change(self.on_repository(action, Scope::Write, Method::DELETE, &path)).await?;
        }
        if same.is_empty() {
            let path = ["manifest", digest.as_str(), "labels"];
            let call =
                self.on_repository(format!("add the label `{key}`"), Scope::Write, Method::POST, &path);
            let body = json!({"key": key, "value": value, "media_type": "text/plain"});
            self.change(call.body(body)).await?;
        }
        Ok(same.len() != 1 || !others.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_quay_refuses_are_known() {
        for key in ["team", "com.acme.team", "a-b.c", "1", "release-2026"] {
            assert_eq!(check_label_key(key), Ok(()), "{key}");
        }
        for key in ["", "Team", "a_b", "a..b", "a.-b", "-a", "a.", "a b", "ä"] {
            assert!(matches!(check_label_key(key), Err(InvalidLabel::Key(_))), "{key}");
        }
        for key in ["quay.expires-after", "io.quay.x", "org.opencontainers.image.title", "internal"] {
            assert!(matches!(check_label_key(key), Err(InvalidLabel::Reserved { .. })), "{key}");
        }
    }
}
