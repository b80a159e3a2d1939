//! Who asks: a user, a token, or an identity that a cloud vouches for.

mod acr;
mod aws;
mod ecr;
mod environment;
mod gcp;
mod managed_identity;
mod metadata;

use kit::Secret;
use kit::http::{self, Url};

use crate::Cause;
use crate::settings::Basic;
pub use acr::{Acr, AzureCloud};
pub use aws::{AccessKey, AwsIdentity};
pub use ecr::Ecr;
pub use environment::Environment;
pub use gcp::Gcp;

/// Who asks a registry.
#[derive(Clone, Debug, Default)]
pub enum Credentials {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A user with a password, which also gets tokens where the registry wants them.
    Basic(Basic),
    /// A token that the registry takes as it is.
    Bearer(Secret),
    /// An identity of AWS, at an ECR registry.
    Ecr(Ecr),
    /// A managed identity of Azure, at an ACR registry.
    Acr(Acr),
    /// The service account of a machine in Google's cloud.
    Gcp(Gcp),
}

/// What a registry is shown in the end.
#[derive(Clone, Debug)]
pub(crate) enum Login {
    Anonymous,
    Basic(Basic),
    Bearer(Secret),
}

impl Credentials {
    /// Asks the cloud, where the credentials come from one.
    pub(crate) async fn login(&self, http: &http::Client, registry: &Url) -> Result<Login, Cause> {
        let login = |cloud: &str, outcome: kit::Result<Basic>| {
            outcome.map(Login::Basic).map_err(|error| Cause::Login { cloud: cloud.into(), error })
        };
        match self {
            Self::Anonymous => Ok(Login::Anonymous),
            Self::Basic(user) => Ok(Login::Basic(user.clone())),
            Self::Bearer(token) => Ok(Login::Bearer(token.clone())),
            Self::Ecr(ecr) => login("AWS", ecr.login(http).await),
            Self::Acr(acr) => login("Azure", acr.login(http, registry).await),
            Self::Gcp(gcp) => login("Google", gcp.login().await),
        }
    }
}
