//! A repository that Quay keeps as a copy of one elsewhere.

use kit::{Error, Flag, Result, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::declared::Secrets;

/// Quay takes no shorter time for a synchronization, in seconds.
const LEAST_TIMEOUT: i64 = 300;

/// What the repository is a mirror of. Quay then copies tags by itself, and takes no other pushes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MirrorOf {
    /// The repository to copy, with its registry: `docker.io/library/alpine`.
    #[schemars(length(min = 1))]
    pub source: String,
    /// Globs for the tags to copy.
    #[schemars(length(min = 1))]
    pub tags: Vec<String>,
    /// The robot that writes the tags: `organisation+name`.
    #[schemars(length(min = 1))]
    pub robot: String,
    /// How often to copy, as `24h`.
    pub every: String,
    /// When to begin, as `2027-01-31T00:00:00Z`. By default at once.
    #[serde(default)]
    #[schemars(with = "String")]
    pub start: Option<String>,
    /// The user at the other registry. The password is `params.mirror_password`.
    #[serde(default)]
    #[schemars(with = "String")]
    pub username: Option<String>,
    /// Whether it copies.
    #[serde(default = "on")]
    pub enabled: Flag,
}

/// A mirror in Quay's own terms.
#[derive(Debug)]
pub(super) struct WantedMirror {
    /// All but when it begins, and the password.
    configuration: Value,
    start: Option<String>,
    password: Option<Secret>,
}

fn on() -> Flag {
    Flag(true)
}

impl MirrorOf {
    pub(super) fn wanted(&self, secrets: &Secrets) -> Result<WantedMirror> {
        let interval = quay_api::duration(&self.every);
        let interval = interval.ok_or_else(|| {
            Error::new(format!("`mirror.every`: `{}` is no time", self.every)).hint("as in `24h`")
        })?;
        let start = self.start.as_deref().map(|text| {
            let moment = quay_api::moment(text).map(quay_api::date);
            moment.ok_or_else(|| {
                Error::new(format!("`mirror.start`: `{text}` is no date"))
                    .hint("as in `2027-01-31T00:00:00Z`")
            })
        });
        let password = secrets.mirror_password.clone().filter(|password| !password.is_empty());
        if password.is_some() && self.username.is_none() {
            return Err(Error::new("`params.mirror_password` stands without `mirror.username`"));
        }
        let configuration = json!({
            "external_reference": self.source, "external_registry_username": self.username,
            "root_rule": {"rule_kind": "tag_glob_csv", "rule_value": self.tags},
            "robot_username": self.robot, "sync_interval": interval, "is_enabled": self.enabled.get(),
        });
        Ok(WantedMirror { configuration, start: start.transpose()?, password })
    }
}

impl WantedMirror {
    /// Returns what makes a new mirror.
    pub(super) fn new_body(&self) -> Value {
        let mut body = self.with_password(self.configuration.clone());
        body["sync_start_date"] =
            json!(self.start.clone().unwrap_or_else(|| quay_api::date(quay_api::now())));
        body["skopeo_timeout_interval"] = json!(LEAST_TIMEOUT);
        body
    }

    /// Returns what differs from a mirror that is there, with the names of it; `None` where nothing does. Quay does
    /// not show the password, so one that changed alone is not seen.
    pub(super) fn difference(&self, known: &Value) -> Option<(Value, Vec<String>)> {
        let start = self.start.as_ref().map(|start| ("sync_start_date".to_owned(), json!(start)));
        let wanted = self.configuration.as_object().into_iter().flatten();
        let wanted = wanted.map(|(name, value)| (name.clone(), value.clone())).chain(start);
        let differs = |(name, value): &(String, Value)| match name.as_str() {
            // Quay adds an id to the rule.
            "root_rule" => ["rule_kind", "rule_value"].iter().any(|part| known[name][part] != value[part]),
            _ => known[name] != *value,
        };
        let changes: serde_json::Map<String, Value> = wanted.filter(differs).collect();
        let names: Vec<String> = changes.keys().cloned().collect();
        if names.is_empty() {
            return None;
        }
        let mut body = Value::Object(changes);
        // Quay refuses a password without the user.
        body["external_registry_username"] = self.configuration["external_registry_username"].clone();
        Some((self.with_password(body), names))
    }

    fn with_password(&self, mut body: Value) -> Value {
        if let Some(password) = &self.password {
            body["external_registry_password"] = json!(password.expose());
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Result<WantedMirror> {
        let secrets = Secrets { mirror_password: Some(Secret::new("mirror-canary")), ..Secrets::default() };
        serde_saphyr::from_str::<MirrorOf>(text).unwrap().wanted(&secrets)
    }

    #[test]
    fn only_what_differs_is_changed() {
        let text =
            "{source: docker.io/library/alpine, tags: ['3.*'], robot: acme+m, every: 24h, username: ann}";
        let mirror = wanted(text).unwrap();
        let mut known = mirror.new_body();
        assert_eq!(known["external_registry_password"], "mirror-canary");
        known["external_registry_password"] = Value::Null;
        known["root_rule"]["id"] = json!(7);
        assert_eq!(mirror.difference(&known), None);
        known["sync_interval"] = json!(60);
        let (body, names) = mirror.difference(&known).unwrap();
        assert_eq!((names.join(" ").as_str(), &body["sync_interval"]), ("sync_interval", &json!(86_400)));
        assert_eq!(body["external_registry_username"], "ann");
    }

    #[test]
    fn a_mirror_that_makes_no_sense_is_refused() {
        let cases = [
            ("{source: a, tags: [x], robot: r, every: often, username: u}", "`mirror.every`"),
            ("{source: a, tags: [x], robot: r, every: 1h, start: soon, username: u}", "`mirror.start`"),
            ("{source: a, tags: [x], robot: r, every: 1h}", "without `mirror.username`"),
        ];
        for (text, expected) in cases {
            let message = wanted(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
