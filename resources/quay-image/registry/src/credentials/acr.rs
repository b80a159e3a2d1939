//! Azure's registry, which takes a managed identity's token in exchange for one of its own.

use kit::http::header::WWW_AUTHENTICATE;
use kit::http::{Client, Response, Url};
use kit::{Context, Error, Result, Secret};
use serde::Deserialize;

use super::{Environment, managed_identity};
use crate::settings::Basic;

/// A managed identity of Azure, at an ACR registry.
#[derive(Clone, Debug, Default)]
pub struct Acr {
    /// The client of a user-assigned identity; `None` for the system's.
    pub client_id: Option<String>,
    /// The registry's tenant; `None` to ask the registry.
    pub tenant_id: Option<String>,
    /// Azure's cloud; `None` to tell it by the registry's domain.
    pub cloud: Option<AzureCloud>,
    /// Where the identity's tokens are issued.
    pub environment: Environment,
}

/// One of Azure's clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AzureCloud {
    /// The one for everybody.
    Public,
    /// The one of the government of the United States.
    Government,
    /// The one in China.
    China,
}

/// The user that ACR takes a refresh token from.
const USER: &str = "00000000-0000-0000-0000-000000000000";
/// The tenant that stands for any.
const ANY_TENANT: &str = "common";
const LARGEST_ANSWER: u64 = 256 * 1024;

#[derive(Deserialize)]
struct Exchanged {
    refresh_token: Secret,
}

impl AzureCloud {
    /// Returns the cloud whose domain a registry has.
    pub fn of_host(host: &str) -> Self {
        let host = host.to_ascii_lowercase();
        match () {
            () if host.ends_with(".azurecr.us") => Self::Government,
            () if host.ends_with(".azurecr.cn") => Self::China,
            () => Self::Public,
        }
    }

    /// The resource for which an identity's token is exchanged.
    fn management(self) -> &'static str {
        match self {
            Self::Public => "https://management.azure.com",
            Self::Government => "https://management.usgovcloudapi.net",
            Self::China => "https://management.chinacloudapi.cn",
        }
    }
}

impl Acr {
    pub(super) async fn login(&self, http: &Client, registry: &Url) -> Result<Basic> {
        let host = registry.host_str().unwrap_or_default();
        let cloud = self.cloud.unwrap_or_else(|| AzureCloud::of_host(host));
        let client_id = self.client_id.as_deref();
        let token = managed_identity::token(&self.environment, cloud.management(), client_id)
            .await
            .context(|| "the managed identity got no token".into())?;
        let tenant = match &self.tenant_id {
            Some(tenant) => tenant.clone(),
            None => tenant_of(&http.get(registry.clone()).send().await?),
        };
        let password = self.exchange(http, registry, &tenant, &token).await?;
        Ok(Basic { username: USER.into(), password })
    }

    async fn exchange(&self, http: &Client, registry: &Url, tenant: &str, token: &Secret) -> Result<Secret> {
        let service = match registry.port() {
            Some(port) => format!("{}:{port}", registry.host_str().unwrap_or_default()),
            None => registry.host_str().unwrap_or_default().to_owned(),
        };
        let fields = [
            ("grant_type", "access_token"),
            ("service", service.as_str()),
            ("tenant", tenant),
            ("access_token", token.expose()),
        ];
        let answer =
            http.post(registry.join("/oauth2/exchange")?).form(&fields).repeatable(true).send().await?;
        let hint = || {
            "has the identity the role AcrPull (or AcrPush) on the registry, and is `azure_tenant_id`, if given, \
             the registry's own tenant?"
                .to_owned()
        };
        let exchanged: Exchanged = answer
            .success()
            .await
            .context(|| "the registry does not take the identity's token".into())
            .hint(hint)?
            .json(LARGEST_ANSWER)
            .await?;
        if exchanged.refresh_token.is_empty() {
            return Err(Error::new("the registry answered without a token"));
        }
        Ok(exchanged.refresh_token)
    }
}

/// Reads the tenant off the registry's challenge: `Bearer realm="https://…/oauth2/exchange?tenant=…"`.
fn tenant_of(response: &Response) -> String {
    let challenge = response.header(WWW_AUTHENTICATE).unwrap_or_default();
    let tenant =
        challenge.split_once("tenant=").map(|(_, rest)| rest.split(['"', '&']).next().unwrap_or_default());
    tenant.filter(|tenant| !tenant.is_empty()).unwrap_or(ANY_TENANT).to_owned()
}
