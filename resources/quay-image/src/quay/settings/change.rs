//! One change of a repository's set-up.

use std::fmt;

use kit::Result;
use quay_api::{Client, Holder};
use serde_json::Value;

use super::declared::WantedWebhook;

/// A difference between what is and what is wanted. Its text says no secret.
#[derive(Debug)]
pub(super) enum Change {
    Create { name: String, description: String, is_public: bool },
    Describe(String),
    Show(bool),
    Grant { holder: Holder, name: String, role: &'static str },
    Webhook { webhook: WantedWebhook, instead_of: Option<String> },
    Prune { policy: Value, instead_of: Option<String> },
    NewMirror(Value),
    Mirror { body: Value, names: Vec<String> },
    State(&'static str),
}

impl Change {
    /// Makes the change.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub(super) async fn make(&self, quay: &Client) -> Result<()> {
        match self {
            Self::Create { description, is_public, .. } => {
                quay.create_repository(description, *is_public).await?
            }
            Self::Describe(text) => quay.describe(text).await?,
            Self::Show(is_public) => quay.set_visibility(*is_public).await?,
            Self::Grant { holder, name, role } => quay.set_role(*holder, name, role).await?,
            Self::Webhook { webhook, instead_of } => {
                quay.add_webhook(webhook.event, &webhook.title, webhook.url.expose()).await?;
                if let Some(old) = instead_of {
                    quay.delete_notification(old).await?;
                }
            }
            Self::Prune { policy, instead_of: Some(old) } => quay.change_prune_policy(old, policy).await?,
            Self::Prune { policy, instead_of: None } => quay.add_prune_policy(policy).await?,
            Self::NewMirror(body) => quay.create_mirror(body).await?,
            Self::Mirror { body, .. } => quay.change_mirror(body).await?,
            Self::State(state) => quay.set_state(state).await?,
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { name, is_public, .. } => {
                write!(f, "make the {} repository {name}", if *is_public { "public" } else { "private" })
            }
            Self::Describe(_) => f.write_str("change the description"),
            Self::Show(true) => f.write_str("make it public"),
            Self::Show(false) => f.write_str("make it private"),
            Self::Grant { holder, name, role } => {
                write!(f, "give the {} {name} the role {role}", holder.name())
            }
            Self::Webhook { webhook: WantedWebhook { event, title, .. }, instead_of } => {
                let verb = if instead_of.is_some() { "change" } else { "add" };
                write!(f, "{verb} the webhook `{title}` for {event}")
            }
            Self::Prune { policy, instead_of } => {
                let verb = if instead_of.is_some() { "change" } else { "add" };
                write!(f, "{verb} the auto-prune policy {policy}")
            }
            Self::NewMirror(body) => write!(f, "set up the mirror of {}", body["external_reference"]),
            Self::Mirror { names, .. } => write!(f, "change the mirror: {}", names.join(", ")),
            Self::State(state) => write!(f, "set the state {state}"),
        }
    }
}
