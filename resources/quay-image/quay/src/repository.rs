//! The repository itself: made, described, shown to everybody or not.

use kit::http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::client::{Call, Result};
use crate::{Cause, Client, QuayError, Scope};

/// What Quay says of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RepositoryState {
    /// Its description, Markdown.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether everybody may read it.
    #[serde(default)]
    pub is_public: bool,
    /// Whether whoever asks may change tags and labels; absent in answers of old Quays.
    #[serde(default)]
    pub can_write: Option<bool>,
    /// `NORMAL`, `READ_ONLY` or `MIRROR`.
    #[serde(default)]
    pub state: Option<String>,
}

impl Client {
    /// Returns what Quay says of the repository; `None` if it is not there.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn show_repository(&self) -> Result<Option<RepositoryState>> {
        let call = self.on_repository("read the settings", Scope::Read, Method::GET, &[]);
        // With its tags, the answer would be as long as the list of tags.
        match self.read(call.query("includeTags", "false")).await {
            Ok(state) => Ok(Some(state)),
            Err(problem) if problem.is_not_found() => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Makes the repository.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses: one that is there, or a name that it does not take.
    pub async fn create_repository(&self, description: &str, is_public: bool) -> Result<()> {
        let (namespace, name) = self.repository().split_once('/').unwrap_or(("", self.repository()));
        let body = json!({
            "namespace": namespace, "repository": name, "description": description,
            "visibility": visibility(is_public), "repo_kind": "image",
        });
        let action = format!("make the repository `{}`", self.repository());
        self.change(Call::new(action, Scope::Create, Method::POST, vec!["repository"]).body(body)).await
    }

    /// Sets the description, Markdown.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn describe(&self, description: &str) -> Result<()> {
        let call = self.on_repository("set the description", Scope::Write, Method::PUT, &[]);
        self.change(call.body(json!({"description": description}))).await
    }

    /// Lets everybody read the repository, or not.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn set_visibility(&self, is_public: bool) -> Result<()> {
        let call =
            self.on_repository("set the visibility", Scope::Admin, Method::POST, &["changevisibility"]);
        self.change(call.body(json!({"visibility": visibility(is_public)}))).await
    }

    /// Makes sure, before anything is changed, that whoever asks may change tags and labels. A repository that is not
    /// there yet says nothing about that.
    ///
    /// # Errors
    /// When Quay does not answer, or a scope is missing.
    pub async fn require_write(&self) -> Result<()> {
        let may = self.show_repository().await?.and_then(|state| state.can_write);
        if may == Some(false) {
            let action = format!("change the tags of `{}`", self.repository());
            return Err(QuayError::new(action, Cause::NotAllowed, Scope::Write, self.credentials()));
        }
        Ok(())
    }

    /// Opens the repository for pushes (`NORMAL`), for those of the mirror alone (`MIRROR`), or for none (`READ_ONLY`).
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn set_state(&self, state: &str) -> Result<()> {
        let call = self.on_repository("change the state", Scope::Admin, Method::PUT, &["changestate"]);
        self.change(call.body(json!({"state": state}))).await
    }
}

fn visibility(is_public: bool) -> &'static str {
    if is_public { "public" } else { "private" }
}
