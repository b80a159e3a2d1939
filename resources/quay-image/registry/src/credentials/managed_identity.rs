//! Tokens for a managed identity of Azure.

use kit::http::Url;
use kit::http::header::HeaderName;
use kit::{Context, Result, Secret};
use serde::Deserialize;

use super::{Environment, metadata};

/// The metadata server of a virtual machine.
const METADATA: &str = "http://169.254.169.254";
const LARGEST_ANSWER: u64 = 256 * 1024;

#[derive(Deserialize)]
struct Token {
    access_token: Secret,
}

/// Returns an access token for `resource`: from the endpoint that App Service and container apps name in the
/// environment, else from the virtual machine's metadata server.
pub(super) async fn token(
    environment: &Environment,
    resource: &str,
    client_id: Option<&str>,
) -> Result<Secret> {
    let http = metadata::client()?;
    let endpoint = environment.get("IDENTITY_ENDPOINT").zip(environment.get("IDENTITY_HEADER"));
    let mut request = match endpoint {
        Some((endpoint, header)) => http
            .get(Url::parse(endpoint)?)
            .query("api-version", "2019-08-01")
            .secret_header(HeaderName::from_static("x-identity-header"), header),
        None => {
            let host = environment.get("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or(METADATA);
            let url = format!("{}/metadata/identity/oauth2/token", host.trim_end_matches('/'));
            http.get(Url::parse(&url)?)
                .query("api-version", "2018-02-01")
                .header(HeaderName::from_static("metadata"), "true")
        }
    };
    request = request.query("resource", resource);
    if let Some(client_id) = client_id {
        request = request.query("client_id", client_id);
    }
    let answer = request
        .send()
        .await
        .hint(|| "`azure_acr` works only where Azure gives the worker a managed identity".into())?;
    let answer = answer.success().await.hint(|| {
        "is the identity assigned to this machine? A user-assigned one needs `azure_client_id`".into()
    })?;
    let token: Token = answer.json(LARGEST_ANSWER).await?;
    Ok(token.access_token)
}
