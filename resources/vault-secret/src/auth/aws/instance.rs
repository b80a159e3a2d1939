//! The access key of the worker's instance role, from the instance metadata service (version 2).
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>

use kit::http::header::HeaderName;
use kit::http::{Client, Settings, Url};
use kit::{Context, Result, Secret};
use serde::Deserialize;

use super::incomplete;
use super::signature::Credentials;

/// The link-local address that every instance has.
pub(super) const METADATA: &str = "http://169.254.169.254";
const ROLES: &str = "latest/meta-data/iam/security-credentials/";
/// A session for reading metadata need not outlive one login.
const SESSION_SECONDS: &str = "60";
const SESSION_TTL: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
const SESSION: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
/// Answers are some hundred bytes.
const LARGEST: u64 = 64 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    access_key_id: Secret,
    secret_access_key: Secret,
    token: Option<Secret>,
}

/// Returns the instance role's present key.
pub(super) async fn credentials(metadata: &Url) -> Result<Credentials> {
    let http = &Client::new(Settings { bypass_proxies: true, ..Settings::default() })?;
    let failed = || "cannot read the AWS instance role's credentials".to_owned();
    let session = text(http, metadata, Part::Session).await.context(failed)?;
    let session = Secret::new(session);
    let roles =
        text(http, metadata, Part::Credentials { session: &session, role: "" }).await.context(failed)?;
    let role = roles.lines().next().map(str::trim).filter(|role| !role.is_empty());
    let role = role.ok_or_else(|| incomplete("role"))?;
    let answer = text(http, metadata, Part::Credentials { session: &session, role }).await.context(failed)?;
    let found: Found = serde_json::from_str(&answer).map_err(|_| incomplete("credentials"))?;
    Ok(Credentials { id: found.access_key_id, secret: found.secret_access_key, session: found.token })
}

enum Part<'a> {
    Session,
    Credentials { session: &'a Secret, role: &'a str },
}

/// Sent once only: where there is no instance, nobody answers, and a login that can't work must say so soon.
async fn text(http: &Client, metadata: &Url, part: Part<'_>) -> Result<String> {
    let request = match part {
        Part::Session => http.put(metadata.join("/latest/api/token")?).header(SESSION_TTL, SESSION_SECONDS),
        Part::Credentials { session, role } => {
            let url = metadata.join("/")?.join(ROLES)?.join(role)?;
            http.get(url).secret_header(SESSION, session.expose())
        }
    };
    let answer = request.no_retry().send().await?.success().await?;
    let body = answer.bytes(LARGEST).await?;
    Ok(String::from_utf8_lossy(&body).trim().to_owned())
}
