//! Roles: the identity of one role for that of another, or for a web identity.

use kit::http::{Client, Url};
use kit::{Context, Error, Result, Secret};

use super::super::ecr::{domain, endpoint};
use super::{AccessKey, Environment, Signer};

const VERSION: &str = "2011-06-15";
const SESSION: &str = "quayside";
const FORM: &str = "application/x-www-form-urlencoded";
const LARGEST_ANSWER: u64 = 256 * 1024;

/// Returns the key of `role`, assumed with `key`.
pub(super) async fn assume(
    http: &Client,
    region: &str,
    environment: &Environment,
    key: &AccessKey,
    role: &str,
) -> Result<AccessKey> {
    let url = security_token_service(region, environment)?;
    let body = form(&[
        ("Action", "AssumeRole"),
        ("RoleArn", role),
        ("RoleSessionName", SESSION),
        ("Version", VERSION),
    ]);
    let request = http.post(url.clone()).repeatable(true).header(kit::http::header::CONTENT_TYPE, FORM);
    let signer = Signer { region, service: "sts", key };
    let request = signer.sign(request, &url, &[("content-type", FORM)], body.into_bytes());
    let hint = || "does the role's trust policy name the identity that assumes it?".to_owned();
    let answer = request.send().await?.success().await.hint(hint)?;
    credentials(&answer.bytes(LARGEST_ANSWER).await?)
}

/// Returns the key of `role`, assumed with the token of a web identity.
pub(super) async fn assume_with_web_identity(
    http: &Client,
    region: &str,
    environment: &Environment,
    role: &str,
    token: &Secret,
) -> Result<AccessKey> {
    let url = security_token_service(region, environment)?;
    let fields = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", role),
        ("RoleSessionName", SESSION),
        ("Version", VERSION),
        ("WebIdentityToken", token.expose()),
    ];
    let answer = http.post(url).repeatable(true).form(&fields).send().await?.success().await?;
    credentials(&answer.bytes(LARGEST_ANSWER).await?)
}

fn security_token_service(region: &str, environment: &Environment) -> Result<Url> {
    endpoint(environment, "STS", &format!("sts.{region}.{}", domain(region)))
}

fn form(fields: &[(&str, &str)]) -> String {
    let mut url = Url::parse("form:").map(|mut url| {
        url.query_pairs_mut().extend_pairs(fields);
        url
    });
    url.as_mut().ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}

/// Reads the key out of the service's XML, of which nothing but these three elements matters.
fn credentials(answer: &[u8]) -> Result<AccessKey> {
    let text = std::str::from_utf8(answer).context(|| "AWS answered something that is no text".into())?;
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(value, _)| Secret::new(value.trim()))
    };
    let key = element("AccessKeyId").zip(element("SecretAccessKey"));
    let (access_key_id, secret_access_key) =
        key.ok_or_else(|| Error::new("AWS answered without credentials"))?;
    Ok(AccessKey { access_key_id, secret_access_key, session_token: element("SessionToken") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_in_the_answer() {
        let answer = b"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
            <SecretAccessKey>secret/1</SecretAccessKey><SessionToken>token==</SessionToken>\
            </Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let key = credentials(answer).unwrap();
        assert_eq!(key.access_key_id.expose(), "ASIA1");
        assert_eq!(key.secret_access_key.expose(), "secret/1");
        assert_eq!(key.session_token.unwrap().expose(), "token==");
        assert!(credentials(b"<ErrorResponse/>").is_err());
    }
}
