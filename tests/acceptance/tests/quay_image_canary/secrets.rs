//! The secret fields of the program, each with a value of its own that must never show.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use acceptance::program;
use serde_json::{Value, json};
use stack::{Folder, binary};

use shop::encodings;

/// Where a secret stands: `source.registry_mirror.password`, and `params.settings.webhooks.0.url` in a list.
type Place = Vec<String>;

/// What only Quay's API is told, which most tests have not got.
const FOR_QUAY: [&str; 4] = ["quay", "settings", "webhook_url", "mirror_password"];

/// A value for each secret field of the schema.
pub(crate) struct Secrets(Vec<(Place, String)>);

impl Secrets {
    /// Makes new values. The signing key is one that cosign made, with its password.
    pub(crate) fn new() -> Self {
        let value = |place: &Place| match place.join(".").as_str() {
            "params.sign.key" => signing_key().0.clone(),
            "params.sign.password" => signing_key().1.clone(),
            _ => canary(),
        };
        Self(places().into_iter().map(|place| (place.clone(), value(&place))).collect())
    }

    /// Returns the value of one field.
    pub(crate) fn get(&self, place: &str) -> String {
        let found = self.0.iter().find(|(known, _)| known.join(".") == place);
        found.unwrap_or_else(|| panic!("the schema has no secret `{place}`")).1.clone()
    }

    /// Returns a `source:` with all secrets that a registry, cloud or mirror is told.
    pub(crate) fn source(&self) -> Value {
        without_quay(self.below("source", &|secret| json!(secret)))
    }

    /// Returns `params:` of a put with all secrets that need no Quay.
    pub(crate) fn put_params(&self) -> Value {
        without_quay(self.below("params", &|secret| json!(secret)))
    }

    /// Returns a payload in which something that is made of each secret stands in its field.
    pub(crate) fn payload(&self, made: &dyn Fn(&str) -> Value) -> Value {
        json!({"source": self.below("source", made), "params": self.below("params", made)})
    }

    /// Returns all values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, secret)| secret.as_str())
    }

    /// Returns the field whose secret a text gives away, and how.
    pub(crate) fn shown_in(&self, text: &str) -> Option<String> {
        self.0.iter().find_map(|(place, secret)| {
            let form = encodings::of(secret).into_iter().find(|form| text.contains(form))?;
            Some(format!("{} as {form}", place.join(".")))
        })
    }

    fn below(&self, top: &str, made: &dyn Fn(&str) -> Value) -> Value {
        let mut whole = json!({});
        for (place, secret) in self.0.iter().filter(|(place, _)| place[0] == top) {
            let mut inner = &mut whole;
            for name in &place[1..] {
                inner = match name.as_str() {
                    "0" => {
                        let list = if inner.is_array() { inner.take() } else { json!([{}]) };
                        *inner = list;
                        &mut inner[0]
                    }
                    name => &mut inner[name],
                };
            }
            *inner = made(secret);
        }
        whole
    }
}

fn without_quay(mut fields: Value) -> Value {
    fields.as_object_mut().unwrap().retain(|name, _| !FOR_QUAY.contains(&name.as_str()));
    fields
}

/// Characters that every encoding changes, and that may stand in a header.
fn canary() -> String {
    format!("c4 {:016x}/+=\"\\&%z", rand::random::<u64>())
}

/// Returns where the schema has secrets.
fn places() -> Vec<Place> {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let output = Command::new(program("quay-image")).arg("--schema").output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    });
    let mut found = Vec::new();
    for (part, top) in [("source", "source"), ("get_params", "params"), ("put_params", "params")] {
        collect(&schema[part], &schema[part], &vec![top.to_owned()], &mut found);
    }
    found
}

fn collect(root: &Value, schema: &Value, place: &Place, found: &mut Vec<Place>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return collect(root, root.pointer(reference.trim_start_matches('#')).unwrap(), place, found);
    }
    if schema["writeOnly"] == true {
        found.push(place.clone());
    }
    for group in ["oneOf", "anyOf", "allOf"] {
        schema[group].as_array().into_iter().flatten().for_each(|part| collect(root, part, place, found));
    }
    let nested = [("items", "0"), ("additionalProperties", "any")].map(|(name, key)| (key, &schema[name]));
    let nested = nested.into_iter().filter(|(_, below)| below.is_object());
    let fields = schema["properties"].as_object().into_iter().flatten();
    for (name, field) in fields.map(|(name, field)| (name.as_str(), field)).chain(nested) {
        let below = place.iter().cloned().chain([name.to_owned()]).collect();
        collect(root, field, &below, found);
    }
}

/// A key and its password. Making one takes a second, so that it is made once.
fn signing_key() -> &'static (String, String) {
    static KEY: OnceLock<(String, String)> = OnceLock::new();
    KEY.get_or_init(|| {
        let (folder, password) = (Folder::new("keys"), canary());
        let made = Command::new(binary("cosign"))
            .arg("generate-key-pair")
            .current_dir(folder.path())
            .env("COSIGN_PASSWORD", &password)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        (std::fs::read_to_string(folder.path().join("cosign.key")).unwrap(), password)
    })
}

#[test]
fn the_schema_names_the_secrets_that_are_known() {
    let found: Vec<String> = places().iter().map(|place| place.join(".")).collect();
    let known = [
        "source.password",
        "source.aws_access_key_id",
        "source.aws_secret_access_key",
        "source.aws_session_token",
        "source.registry_mirror.password",
        "source.content_trust.repository_key",
        "source.content_trust.repository_passphrase",
        "source.content_trust.tls_key",
        "source.content_trust.password",
        "params.sign.key",
        "params.sign.password",
        "source.quay.token",
        "source.quay.federation.token",
        "params.webhook_url",
        "params.mirror_password",
        "params.settings.webhooks.0.url",
    ];
    for place in known {
        assert!(found.iter().any(|found| found == place), "{place} is no secret any more: {found:?}");
    }
}
