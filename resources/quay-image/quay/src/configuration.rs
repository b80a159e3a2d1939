//! The set-up of a repository: permissions, notifications, auto-prune policies, the mirror.

use std::collections::BTreeMap;

use kit::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Result;
use crate::{Client, Scope};

/// Who has a role: a user or robot, or a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A user, or a robot as `organisation+name`.
    User,
    /// A team of the organisation.
    Team,
}

impl Holder {
    /// Returns the word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Team => "team",
        }
    }
}

#[derive(Deserialize)]
struct Permissions {
    permissions: BTreeMap<String, Permission>,
}

#[derive(Deserialize)]
struct Permission {
    role: String,
}

#[derive(Deserialize)]
struct Notifications {
    notifications: Vec<Value>,
}

#[derive(Deserialize)]
struct Policies {
    policies: Vec<Value>,
}

impl Client {
    /// Returns the roles in the repository, by name.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn roles(&self, holder: Holder) -> Result<BTreeMap<String, String>> {
        let path = ["permissions", holder.name(), ""];
        let call = self.on_repository("read the permissions", Scope::Admin, Method::GET, &path);
        let found: Permissions = self.read(call).await?;
        Ok(found.permissions.into_iter().map(|(name, permission)| (name, permission.role)).collect())
    }

    /// Gives a role.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses: a robot or team that it does not know.
    pub async fn set_role(&self, holder: Holder, name: &str, role: &str) -> Result<()> {
        let action = format!("give the {} {name} the role {role}", holder.name());
        let path = ["permissions", holder.name(), name];
        let call = self.on_repository(action, Scope::Admin, Method::PUT, &path);
        self.change(call.body(json!({"role": role}))).await
    }

    /// Returns the notifications, as Quay shows them.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn notifications(&self) -> Result<Vec<Value>> {
        let path = ["notification", ""];
        let call = self.on_repository("read the notifications", Scope::Admin, Method::GET, &path);
        Ok(self.read::<Notifications>(call).await?.notifications)
    }

    /// Adds a webhook. Its URL may hold a secret.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn add_webhook(&self, event: &str, title: &str, url: &str) -> Result<()> {
        let path = ["notification", ""];
        let call = self.on_repository("add a notification", Scope::Admin, Method::POST, &path);
        let body = json!({
            "event": event, "method": "webhook", "config": {"url": url}, "eventConfig": {}, "title": title,
        });
        self.change(call.body(body)).await
    }

    /// Deletes a notification, by the id that Quay shows.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn delete_notification(&self, uuid: &str) -> Result<()> {
        let path = ["notification", uuid];
        self.change(self.on_repository("delete a notification", Scope::Admin, Method::DELETE, &path)).await
    }

    /// Returns the auto-prune policies, as Quay shows them.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn prune_policies(&self) -> Result<Vec<Value>> {
        let path = ["autoprunepolicy", ""];
        let call = self.on_repository("read the auto-prune policies", Scope::Admin, Method::GET, &path);
        Ok(self.read::<Policies>(call).await?.policies)
    }

    /// Adds an auto-prune policy.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn add_prune_policy(&self, policy: &Value) -> Result<()> {
        let path = ["autoprunepolicy", ""];
        let call = self.on_repository("add an auto-prune policy", Scope::Admin, Method::POST, &path);
        self.change(call.body(policy.clone())).await
    }

    /// Changes an auto-prune policy, by the id that Quay shows.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn change_prune_policy(&self, uuid: &str, policy: &Value) -> Result<()> {
        let path = ["autoprunepolicy", uuid];
        let call = self.on_repository("change an auto-prune policy", Scope::Admin, Method::PUT, &path);
        self.change(call.body(policy.clone())).await
    }
}
