//! AWS's registry: where it is, and its password.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::http::header::{CONTENT_TYPE, HeaderName};
use kit::http::{Client, Url};
use kit::{Context, Error, Result, Secret};
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::Environment;
use super::aws::{AwsIdentity, Signer};
use crate::settings::Basic;

/// An identity of AWS, at an ECR registry. Clones share what AWS answered.
#[derive(Clone, Debug)]
pub struct Ecr {
    region: String,
    account: Option<String>,
    identity: AwsIdentity,
    environment: Environment,
    authorization: Arc<OnceCell<Authorization>>,
}

/// What ECR answers: its password, and where its registry is.
#[derive(Clone, Debug)]
struct Authorization {
    user: Basic,
    registry: String,
}

const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
const AMZ_JSON: &str = "application/x-amz-json-1.1";
const LARGEST_ANSWER: u64 = 256 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    authorization_data: Vec<AuthorizationData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationData {
    authorization_token: Secret,
    #[serde(default)]
    proxy_endpoint: String,
}

impl Ecr {
    /// Returns the registry of `account` in `region`, or of the identity's own account.
    pub fn new(region: &str, account: Option<&str>, identity: AwsIdentity, environment: Environment) -> Self {
        Self {
            region: region.to_owned(),
            account: account.map(str::to_owned),
            identity,
            environment,
            authorization: Arc::default(),
        }
    }

    /// Returns the registry's host. AWS is asked for it unless the account is known.
    ///
    /// # Errors
    /// When AWS has to be asked and refuses.
    pub async fn host(&self, http: &Client) -> Result<String> {
        match &self.account {
            Some(account) => {
                let domain = domain(&self.region);
                Ok(format!("{account}.dkr.ecr.{}.{domain}", self.region))
            }
            None => Ok(self.authorization(http).await?.registry.clone()),
        }
    }

    pub(super) async fn login(&self, http: &Client) -> Result<Basic> {
        Ok(self.authorization(http).await?.user.clone())
    }

    async fn authorization(&self, http: &Client) -> Result<&Authorization> {
        self.authorization.get_or_try_init(|| self.ask(http)).await
    }

    async fn ask(&self, http: &Client) -> Result<Authorization> {
        let key = self.identity.access_key(http, &self.region, &self.environment).await?;
        let host = format!("api.ecr.{}.{}", self.region, domain(&self.region));
        let url = endpoint(&self.environment, "ECR", &host)?;
        let request = http
            .post(url.clone())
            .repeatable(true)
            .header(CONTENT_TYPE, AMZ_JSON)
            .header(HeaderName::from_static("x-amz-target"), TARGET);
        let signer = Signer { region: &self.region, service: "ecr", key: &key };
        let signed = [("content-type", AMZ_JSON), ("x-amz-target", TARGET)];
        let request = signer.sign(request, &url, &signed, b"{}".to_vec());
        let answer =
            request.send().await?.success().await.context(|| "ECR refuses the identity".into()).hint(
                || {
                    "the identity needs ecr:GetAuthorizationToken; check `aws_region` and the keys or roles"
                        .into()
                },
            )?;
        let answer: Answer = answer.json(LARGEST_ANSWER).await?;
        answer
            .authorization_data
            .into_iter()
            .next()
            .map_or_else(|| Err(Error::new("ECR answered without a token")), AuthorizationData::read)
    }
}

impl AuthorizationData {
    /// The token is `AWS:password` in base64; the endpoint a URL.
    fn read(self) -> Result<Authorization> {
        let malformed = || Error::new("ECR answered a token that can't be read");
        let token = STANDARD.decode(self.authorization_token.expose().trim()).map_err(|_| malformed())?;
        let token = String::from_utf8(token).map_err(|_| malformed())?;
        let (user, password) = token.split_once(':').ok_or_else(malformed)?;
        let registry =
            self.proxy_endpoint.split_once("://").map_or(self.proxy_endpoint.as_str(), |(_, host)| host);
        Ok(Authorization {
            user: Basic { username: user.into(), password: Secret::new(password.trim()) },
            registry: registry.trim_end_matches('/').to_owned(),
        })
    }
}

/// The domain of a region's services.
pub(super) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// Returns a service's URL: what the environment names, as for every AWS client, or the real one.
pub(super) fn endpoint(environment: &Environment, service: &str, host: &str) -> Result<Url> {
    let named =
        environment.get(&format!("AWS_ENDPOINT_URL_{service}")).or(environment.get("AWS_ENDPOINT_URL"));
    match named {
        Some(url) => Url::parse(url).context(|| format!("AWS_ENDPOINT_URL_{service} is no URL")),
        None => Ok(Url::parse(&format!("https://{host}/"))?),
    }
}
