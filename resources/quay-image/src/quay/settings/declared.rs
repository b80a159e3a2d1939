//! What a repository is to be like, as users write it, and how it becomes what Quay is to be told.

use std::collections::BTreeMap;

use kit::http::Url;
use kit::{Context, Error, Inputs, Result, Secret};
use quay_api::Holder;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::mirror::{MirrorOf, WantedMirror};
use crate::put::TextOrFile;

const LARGEST_FILE: u64 = 1024 * 1024;

/// What a repository is to be like. What isn't named stays as it is, and nothing is taken away.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Declared {
    /// The description, Markdown: a text, or `{file: …}`.
    #[schemars(with = "TextOrFile")]
    pub description: Option<TextOrFile>,
    /// Who may read it. A repository that is made is private unless this says otherwise.
    #[schemars(with = "Visibility")]
    pub visibility: Option<Visibility>,
    /// Roles of users and robots (`organisation+name`).
    pub users: BTreeMap<String, Role>,
    /// Roles of teams.
    pub teams: BTreeMap<String, Role>,
    /// Webhooks.
    pub webhooks: Vec<Webhook>,
    /// Auto-prune policies.
    pub prune: Vec<Prune>,
    /// The repository that this one is to be a mirror of.
    #[schemars(with = "MirrorOf")]
    pub mirror: Option<MirrorOf>,
}

/// Who may read a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Those with a role.
    Private,
}

/// What somebody may do in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Pull.
    Read,
    /// Pull and push.
    Write,
    /// Everything.
    Admin,
}

/// A webhook.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// What it tells of.
    pub event: Event,
    /// Its name, by which it is known again.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Where it posts to. By default `params.webhook_url`.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub url: Option<Secret>,
}

/// What a webhook tells of. Quay answers an unknown one with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A tag was pushed.
    RepoPush,
    /// A scan found something new.
    VulnerabilityFound,
    /// The mirror began to copy.
    RepoMirrorSyncStarted,
    /// The mirror has copied.
    RepoMirrorSyncSuccess,
    /// The mirror could not copy.
    RepoMirrorSyncFailed,
}

/// An auto-prune policy: one of `keep_last` and `older_than`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prune {
    /// How many tags stay.
    #[serde(default)]
    #[schemars(with = "u64")]
    pub keep_last: Option<u64>,
    /// How old tags get, as `30d`.
    #[serde(default)]
    #[schemars(with = "String")]
    pub older_than: Option<String>,
    /// A regular expression for the tags that are meant.
    #[serde(default)]
    #[schemars(with = "String")]
    pub tag_regex: Option<String>,
}

/// What must not stand in a file of a repository.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Where webhooks post to that don't say it.
    pub webhook_url: Option<Secret>,
    /// The password for the registry that the mirror copies from.
    pub mirror_password: Option<Secret>,
}

/// What is wanted, in Quay's own terms.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) description: Option<String>,
    pub(super) is_public: Option<bool>,
    pub(super) roles: Vec<(Holder, String, &'static str)>,
    pub(super) webhooks: Vec<WantedWebhook>,
    pub(super) policies: Vec<Value>,
    pub(super) mirror: Option<WantedMirror>,
}

#[derive(Clone, Debug)]
pub(super) struct WantedWebhook {
    pub(super) event: &'static str,
    pub(super) title: String,
    pub(super) url: Secret,
}

impl Declared {
    /// Reads a file of an input: YAML, or JSON, which is YAML as well.
    ///
    /// # Errors
    /// When it isn't there, or has something that isn't known.
    pub fn read(file: &str, from: &Inputs) -> Result<Self> {
        let text = from.read_text(file, LARGEST_FILE)?;
        serde_saphyr::from_str(&text).context(|| format!("`{file}` can't be used"))
    }

    /// Returns what is wanted, so that a mistake in it changes nothing.
    pub(super) fn wanted(&self, secrets: &Secrets, from: &Inputs) -> Result<Wanted> {
        let roles = |holder: Holder, roles: &BTreeMap<String, Role>| {
            let role = |(name, role): (&String, &Role)| (holder, name.clone(), role.name());
            roles.iter().map(role).collect::<Vec<_>>()
        };
        let description = self.description.as_ref().map(|text| text.read(from)).transpose();
        Ok(Wanted {
            description: description.context(|| "cannot read the description".into())?,
            is_public: self.visibility.map(|visibility| visibility == Visibility::Public),
            roles: [roles(Holder::User, &self.users), roles(Holder::Team, &self.teams)].concat(),
            webhooks: self.webhooks.iter().map(|webhook| webhook.wanted(secrets)).collect::<Result<_>>()?,
            policies: self.prune.iter().map(Prune::policy).collect::<Result<_>>()?,
            mirror: self.mirror.as_ref().map(|mirror| mirror.wanted(secrets)).transpose()?,
        })
    }
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::RepoPush => "repo_push",
            Self::VulnerabilityFound => "vulnerability_found",
            Self::RepoMirrorSyncStarted => "repo_mirror_sync_started",
            Self::RepoMirrorSyncSuccess => "repo_mirror_sync_success",
            Self::RepoMirrorSyncFailed => "repo_mirror_sync_failed",
        }
    }
}

impl Webhook {
    fn wanted(&self, secrets: &Secrets) -> Result<WantedWebhook> {
        let url = self.url.clone().or_else(|| secrets.webhook_url.clone()).ok_or_else(|| {
            Error::new(format!("the webhook `{}` has no URL", self.title))
                .hint("give it as `url` there, or as `params.webhook_url`")
        })?;
        let parsed = Url::parse(url.expose()).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        let parsed = parsed.ok_or_else(|| {
            Error::new(format!("the URL of the webhook `{}` is none", self.title))
                .hint("as in `https://concourse.example.com/api/v1/…/check/webhook?webhook_token=…`")
        })?;
        // Somebody may say back the token alone.
        parsed
            .query_pairs()
            .filter(|(name, _)| name == "webhook_token")
            .for_each(|(_, token)| drop(Secret::new(token)));
        Ok(WantedWebhook { event: self.event.name(), title: self.title.clone(), url })
    }
}

impl Prune {
    fn policy(&self) -> Result<Value> {
        let (method, value) = match (self.keep_last, &self.older_than) {
            (Some(count), None) if count > 0 => ("number_of_tags", json!(count)),
            (None, Some(age)) if quay_api::duration(age).is_some() => ("creation_date", json!(age)),
            _ => {
                return Err(Error::new("a policy in `prune` needs either `keep_last` or `older_than`")
                    .hint("a number above 0, or a time such as `30d`"));
            }
        };
        let mut policy = json!({"method": method, "value": value});
        // Quay takes no null here: a text, or nothing.
        if let Some(pattern) = &self.tag_regex {
            policy["tagPattern"] = json!(pattern);
        }
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_a_count_or_an_age() {
        let policy =
            |text: &str| serde_saphyr::from_str::<Prune>(text).unwrap().policy().map(|p| p.to_string());
        assert_eq!(policy("keep_last: 5").unwrap(), r#"{"method":"number_of_tags","value":5}"#);
        assert_eq!(
            policy("{older_than: 30d, tag_regex: ^pr-}").unwrap(),
            r#"{"method":"creation_date","value":"30d","tagPattern":"^pr-"}"#
        );
        for text in ["keep_last: 0", "older_than: soon", "{keep_last: 1, older_than: 1d}", "tag_regex: x"] {
            assert!(policy(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in ["desciption: x", "users: {a: owner}", "webhooks: [{event: push, title: x}]"] {
            assert!(serde_saphyr::from_str::<Declared>(text).is_err(), "{text}");
        }
    }
}
