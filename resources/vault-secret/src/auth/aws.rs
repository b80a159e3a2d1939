//! AWS IAM: shows Vault a signed question to AWS, "who am I?", which Vault then asks itself.
//!
//! <https://developer.hashicorp.com/vault/docs/auth/aws#iam-auth-method>

mod instance;
mod signature;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::http::Url;
use kit::{Context, Error, Result, Secret};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use self::instance::METADATA;
use self::signature::{Credentials, Question};
use super::keys::{LoginKeys, Method, given};
use super::login;
use crate::vault::{ApiPath, Authentication, Vault};

/// The question, as a form.
const QUESTION: &str = "Action=GetCallerIdentity&Version=2011-06-15";
/// The global endpoint, which belongs to this region.
const GLOBAL_ENDPOINT: &str = "https://sts.amazonaws.com/";
const GLOBAL_REGION: &str = "us-east-1";

/// A login by an AWS identity.
#[derive(Clone, Debug)]
pub(crate) struct AwsIdentity {
    mount: ApiPath,
    /// Vault takes the principal's own name where none is given.
    role: Option<String>,
    credentials: Source,
    region: String,
    endpoint: Url,
    server_id: Option<String>,
}

#[derive(Clone, Debug)]
enum Source {
    Given(Credentials),
    /// The worker's instance role.
    Instance {
        metadata: Url,
    },
}

impl AwsIdentity {
    pub(super) fn from_keys(keys: &LoginKeys, mount: ApiPath) -> Result<Self> {
        let region = given(&keys.aws_region);
        let endpoint = given(&keys.aws_sts_endpoint).unwrap_or_else(|| match &region {
            Some(region) => format!("https://sts.{region}.amazonaws.com/"),
            None => GLOBAL_ENDPOINT.into(),
        });
        let url = |key: &str, text: &str| Url::parse(text).context(|| format!("`{key}` is no URL"));
        let credentials = match (given(&keys.aws_access_key_id), given(&keys.aws_secret_access_key)) {
            (Some(id), Some(secret)) => {
                Source::Given(Credentials { id, secret, session: given(&keys.aws_session_token) })
            }
            (None, None) => {
                let metadata = given(&keys.aws_metadata_endpoint).unwrap_or_else(|| METADATA.into());
                Source::Instance { metadata: url("aws_metadata_endpoint", &metadata)? }
            }
            _ => return Err(login::lacks(Method::Aws, "aws_access_key_id` with `aws_secret_access_key")),
        };
        Ok(Self {
            mount,
            role: given(&keys.vault_role),
            credentials,
            region: region.unwrap_or_else(|| GLOBAL_REGION.into()),
            endpoint: url("aws_sts_endpoint", &endpoint)?,
            server_id: given(&keys.aws_server_id),
        })
    }

    pub(super) fn lasting_secret(&self) -> Option<&Secret> {
        match &self.credentials {
            // With a session token they are temporary.
            Source::Given(Credentials { secret, session: None, .. }) => Some(secret),
            _ => None,
        }
    }

    pub(super) async fn login(&self, vault: &Vault) -> Result<Authentication> {
        let credentials = match &self.credentials {
            Source::Given(credentials) => credentials.clone(),
            Source::Instance { metadata } => instance::credentials(metadata).await.hint(|| {
                "give `auth_engine` and its keys; without any, the worker's AWS instance role is used".into()
            })?,
        };
        let question = Question {
            endpoint: &self.endpoint,
            region: &self.region,
            body: QUESTION,
            server_id: self.server_id.as_deref(),
            at: OffsetDateTime::now_utc(),
        };
        let headers = question.signed_headers(&credentials)?;
        let headers: Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        let mut body = json!({
            "iam_http_request_method": "POST",
            "iam_request_url": STANDARD.encode(self.endpoint.as_str()),
            "iam_request_body": STANDARD.encode(QUESTION),
            "iam_request_headers": STANDARD.encode(Value::Object(headers).to_string()),
        });
        if let Some(role) = &self.role {
            body["role"] = json!(role);
        }
        login::post(vault, "AWS", self.mount.join("login"), body).await
    }
}

/// The error for an answer of AWS that lacks something.
fn incomplete(what: &str) -> Error {
    Error::new(format!("the instance's metadata have no {what}"))
}
