//! The mirror: a repository elsewhere that Quay copies tags of.

use kit::http::Method;
use serde_json::Value;

use crate::client::Result;
use crate::{Client, Scope};

/// The configuration of a mirror, as Quay shows it: without its password.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirror(pub Value);

impl Client {
    /// Returns the mirror's configuration; `None` where there is none.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn mirror(&self) -> Result<Option<Mirror>> {
        let call = self.on_repository("read the mirror", Scope::Admin, Method::GET, &["mirror"]);
        match self.read(call).await {
            Ok(configuration) => Ok(Some(Mirror(configuration))),
            Err(problem) if problem.is_not_found() => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Makes the repository a mirror. The body may hold a secret.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses: one that is there, or a robot that it does not know.
    pub async fn create_mirror(&self, configuration: &Value) -> Result<()> {
        let call = self.on_repository("set up the mirror", Scope::Admin, Method::POST, &["mirror"]);
        self.change(call.body(configuration.clone())).await
    }

    /// Changes parts of the mirror's configuration. The body may hold a secret.
    ///
    /// # Errors
    /// When Quay does not answer, or refuses.
    pub async fn change_mirror(&self, configuration: &Value) -> Result<()> {
        let call = self.on_repository("change the mirror", Scope::Admin, Method::PUT, &["mirror"]);
        self.change(call.body(configuration.clone())).await
    }
}
