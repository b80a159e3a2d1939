//! What nobody may see of the service's pipeline.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Map, Value};

use crate::{encodings, files};

/// The secrets by the names that the pipeline's variables call them.
#[derive(Clone, Debug)]
pub struct Secrets {
    named: Vec<Named>,
}

#[derive(Clone, Debug)]
struct Named {
    name: String,
    value: String,
    /// The texts that would give it away.
    forms: BTreeSet<String>,
}

impl Secrets {
    pub(crate) fn new(named: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let named = named.into_iter();
        let named =
            named.map(|(name, value)| Named { name: name.into(), forms: encodings::of(&value), value });
        Self { named: named.collect() }
    }

    /// Returns names and values, as a file for `--secrets` has them.
    pub fn to_json(&self) -> Value {
        let values =
            self.named.iter().map(|secret| (secret.name.clone(), Value::from(secret.value.as_str())));
        Value::Object(values.collect::<Map<String, Value>>())
    }

    /// Puts the values in the place of their names, for a Concourse that has no credential manager.
    pub fn fill(&self, variables: &Value) -> Value {
        match variables {
            Value::String(text) => {
                let name = text.strip_prefix("((").and_then(|rest| rest.strip_suffix("))"));
                let found = self.named.iter().find(|secret| Some(secret.name.as_str()) == name);
                Value::from(found.map_or(text.as_str(), |secret| &secret.value))
            }
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// Returns the name of a secret that a text shows in any encoding.
    pub fn shown_in(&self, text: &[u8]) -> Option<&str> {
        let text = String::from_utf8_lossy(text);
        let shown = |secret: &&Named| secret.forms.iter().any(|form| text.contains(form));
        self.named.iter().find(shown).map(|secret| secret.name.as_str())
    }

    /// Fails where a text shows a secret.
    ///
    /// # Panics
    /// With the secret's name and the text.
    #[track_caller]
    pub fn assert_not_in(&self, text: &str) {
        if let Some(name) = self.shown_in(text.as_bytes()) {
            panic!("`{name}` in\n{text}");
        }
    }

    /// Fails where a file that others than its owner may read shows a secret.
    ///
    /// # Panics
    /// With the secret's name and the file's.
    #[track_caller]
    pub fn assert_not_readable_in(&self, folder: &Path) {
        files::each(folder, &mut |path| {
            // One that is gone meanwhile shows nothing.
            let Ok(mode) = path.metadata().map(|found| found.permissions().mode()) else { return };
            let content =
                if mode & 0o077 == 0 { Vec::new() } else { std::fs::read(path).unwrap_or_default() };
            if let Some(name) = self.shown_in(&content) {
                panic!("`{name}` in {} ({:o})", path.display(), mode & 0o777);
            }
        });
    }
}
