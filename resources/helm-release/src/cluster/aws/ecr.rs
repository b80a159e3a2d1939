//! ECR: a registry login by AWS keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::http::Method;
use kit::http::header::CONTENT_TYPE;
use kit::{Context, Error, Flag, Result, Secret};
use serde::Deserialize;
use time::OffsetDateTime;

use super::credentials::{header_name, keys};
use super::signature::{self, Scope};
use super::{LARGEST_ANSWER, endpoint, http};
use crate::params::Ecr;
use crate::source::Registry;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    authorization_data: Vec<Authorization>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authorization {
    authorization_token: Secret,
}

const FORM: &str = "application/x-amz-json-1.1";
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";

/// Fetches the password of an account's registry.
///
/// # Errors
/// When AWS refuses.
pub async fn ecr_login(settings: &Ecr) -> Result<Registry> {
    let own = settings.endpoint.as_deref();
    let keys = keys(&settings.region, settings.user.as_ref(), settings.role.as_ref(), own).await?;
    let mut url = endpoint("api.ecr", &settings.region, own)?;
    url.set_path("/");
    let body = serde_json::json!({"registryIds": [settings.account_id.as_str()]}).to_string();
    let scope = Scope { region: &settings.region, service: "ecr", time: OffsetDateTime::now_utc() };
    let further = [("content-type", FORM), ("x-amz-target", TARGET)];
    let signed = signature::headers(&keys, &scope, "POST", &url, body.as_bytes(), &further);
    let mut request =
        http()?.request(Method::POST, url).header(CONTENT_TYPE, FORM).repeatable(true).body(body);
    for (name, value) in signed {
        request = request.secret_header(header_name(&name)?, &value);
    }
    let doing = || format!("cannot sign in to ECR of account {}", settings.account_id);
    let answer = request.send().await.context(doing)?.success().await;
    let answer = answer.context(doing).hint(|| "the keys need ecr:GetAuthorizationToken".into())?;
    let answer: Answer = answer.json(LARGEST_ANSWER).await.context(doing)?;
    let token = answer.authorization_data.first().map(|data| data.authorization_token.expose());
    let decoded = token.and_then(|token| STANDARD.decode(token).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let (user, password) = decoded
        .as_deref()
        .and_then(|text| text.split_once(':'))
        .ok_or_else(|| Error::new("the answer has no user and password").context(doing()))?;
    Ok(Registry {
        host: Some(format!("{}.dkr.ecr.{}.amazonaws.com", settings.account_id, settings.region)),
        username: Some(Secret::new(user)),
        password: Some(Secret::new(password)),
        plain_http: Flag(false),
        ..Registry::default()
    })
}
