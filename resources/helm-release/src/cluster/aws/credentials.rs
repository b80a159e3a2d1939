//! Where AWS keys come from: the source, the instance, a role taken on with either.

use kit::http::header::{CONTENT_TYPE, HeaderName};
use kit::http::{Method, Url};
use kit::{Context, Error, Result, Secret};
use serde::Deserialize;
use time::OffsetDateTime;

use super::signature::{self, Keys, Scope};
use super::{LARGEST_ANSWER, endpoint, http};
use crate::source::{AwsRole, AwsUser};

/// The metadata service of an EC2 instance; link-local, never routed.
const INSTANCE_METADATA: &str = "http://169.254.169.254";

/// Finds the keys: a role's by the worker's identity, or a user's, or the worker's own.
pub(super) async fn keys(
    region: &str,
    user: Option<&AwsUser>,
    role: Option<&AwsRole>,
    own_endpoint: Option<&str>,
) -> Result<Keys> {
    if let Some(role) = role {
        let instance = instance_keys().await?;
        return assume_role(region, &instance, &role.arn, &role.session_name, own_endpoint).await;
    }
    let Some(user) = user else { return instance_keys().await };
    let keys = Keys {
        id: user.access_key_id.clone(),
        secret: user.secret_access_key.clone(),
        session_token: user.session_token.clone(),
    };
    match user.role_arn.as_deref().filter(|arn| !arn.is_empty()) {
        Some(arn) => assume_role(region, &keys, arn, "EKSAssumeRoleSession", own_endpoint).await,
        None => Ok(keys),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceKeys {
    access_key_id: Secret,
    secret_access_key: Secret,
    token: Secret,
}

/// Asks the instance's metadata service (version 2, which wants a token of its own).
async fn instance_keys() -> Result<Keys> {
    let asked = ask_instance().await;
    asked.context(|| "the worker's own AWS identity can't be read".into()).hint(|| {
        "name a user (`user.access_key_id`, `user.secret_access_key`), or let the instance's metadata service be reached from containers (hop limit 2)".into()
    })
}

async fn ask_instance() -> Result<Keys> {
    let client = kit::http::Client::new(kit::http::Settings {
        connect_timeout: std::time::Duration::from_secs(2),
        retry: kit::http::Retry { total: std::time::Duration::from_secs(5), ..kit::http::Retry::default() },
        bypass_proxies: true,
        ..kit::http::Settings::default()
    })?;
    let url = |path: &str| Url::parse(&format!("{INSTANCE_METADATA}/latest/{path}"));
    let lifetime = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
    let token = client.put(url("api/token")?).header(lifetime, "60").send().await?.success().await?;
    let token = token.bytes(LARGEST_ANSWER).await?;
    let token = Secret::new(String::from_utf8_lossy(&token).trim());
    let token_header = HeaderName::from_static("x-aws-ec2-metadata-token");
    let get = |address: Url| client.get(address).secret_header(token_header.clone(), token.expose());
    let roles = get(url("meta-data/iam/security-credentials/")?).send().await?.success().await?;
    let roles = roles.bytes(LARGEST_ANSWER).await?;
    let roles = String::from_utf8_lossy(&roles);
    let role = roles.lines().next().ok_or_else(|| Error::new("the instance has no role"))?;
    let keys =
        get(url(&format!("meta-data/iam/security-credentials/{role}"))?).send().await?.success().await?;
    let keys: InstanceKeys = keys.json(LARGEST_ANSWER).await?;
    Ok(Keys { id: keys.access_key_id, secret: keys.secret_access_key, session_token: Some(keys.token) })
}

/// Takes a role on by STS.
async fn assume_role(
    region: &str,
    keys: &Keys,
    arn: &str,
    session_name: &str,
    own_endpoint: Option<&str>,
) -> Result<Keys> {
    let mut url = endpoint("sts", region, own_endpoint)?;
    url.set_path("/");
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "AssumeRole")
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", arn)
        .append_pair("RoleSessionName", session_name)
        .finish();
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let scope = Scope { region, service: "sts", time: OffsetDateTime::now_utc() };
    let signed = signature::headers(keys, &scope, "POST", &url, body.as_bytes(), &[("content-type", form)]);
    let mut request =
        http()?.request(Method::POST, url).header(CONTENT_TYPE, form).repeatable(true).body(body);
    for (name, value) in signed {
        request = request.secret_header(header_name(&name)?, &value);
    }
    let doing = || format!("cannot take on the role `{arn}`");
    let answer = request.send().await.context(doing)?.success().await.context(doing)?;
    let answer = answer.bytes(LARGEST_ANSWER).await.context(doing)?;
    let text = String::from_utf8_lossy(&answer);
    let part = |name: &str| {
        element(&text, name)
            .map(Secret::new)
            .ok_or_else(|| Error::new(format!("the answer has no `{name}`")).context(doing()))
    };
    Ok(Keys {
        id: part("AccessKeyId")?,
        secret: part("SecretAccessKey")?,
        session_token: Some(part("SessionToken")?),
    })
}

pub(super) fn header_name(name: &str) -> Result<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).context(|| format!("`{name}` is no header"))
}

/// Returns the text of an element of STS's flat XML answer, in which keys need no unescaping.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let start = xml.find(&format!("<{name}>"))? + name.len() + 2;
    let end = xml[start..].find(&format!("</{name}>"))?;
    Some(xml[start..start + end].trim())
}
