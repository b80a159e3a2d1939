//! TLS certificate: the client certificate that the connection shows is the credential.

use kit::Result;
use serde_json::json;

use super::login;
use crate::vault::{ApiPath, Authentication, Vault};

/// A login by client certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(super) mount: ApiPath,
    /// The certificate role to match; any by default.
    pub(super) role: Option<String>,
}

impl Certificate {
    pub(super) async fn login(&self, vault: &Vault) -> Result<Authentication> {
        let body = self.role.as_ref().map_or_else(|| json!({}), |role| json!({ "name": role }));
        login::post(vault, "certificate", self.mount.join("login"), body).await
    }
}
