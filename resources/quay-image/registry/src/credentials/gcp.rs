//! The service account of a machine in Google's cloud.

use kit::http::Url;
use kit::http::header::HeaderName;
use kit::{Context, Result, Secret};
use serde::Deserialize;

use super::{Environment, metadata};
use crate::settings::Basic;

/// The service account of a machine in Google's cloud, whose token the metadata server gives.
#[derive(Clone, Debug, Default)]
pub struct Gcp {
    /// `GCE_METADATA_HOST` names another metadata server.
    pub environment: Environment,
}

const METADATA_HOST: &str = "metadata.google.internal";
const TOKEN: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
/// The user that Google's registries take an access token from.
const USER: &str = "oauth2accesstoken";
const LARGEST_ANSWER: u64 = 64 * 1024;

#[derive(Deserialize)]
struct Token {
    access_token: Secret,
}

impl Gcp {
    pub(super) async fn login(&self) -> Result<Basic> {
        let host = self.environment.get("GCE_METADATA_HOST").unwrap_or(METADATA_HOST);
        let url = Url::parse(&format!("http://{host}{TOKEN}"))?;
        let request =
            metadata::client()?.get(url).header(HeaderName::from_static("metadata-flavor"), "Google");
        let answer = request.send().await.hint(|| {
            "`gcp_metadata` works only on machines in Google's cloud that have a service account".into()
        })?;
        let token: Token = answer.success().await?.json(LARGEST_ANSWER).await?;
        Ok(Basic { username: USER.into(), password: token.access_token })
    }
}
