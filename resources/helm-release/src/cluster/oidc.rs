//! OpenID Connect without a browser or a program: a refresh token, or the client's own credentials.

use kit::http::{Client, Settings, Url};
use kit::{Context, Error, Result, Secret};
use serde::Deserialize;

use crate::source::Oidc;

const LARGEST_ANSWER: u64 = 1024 * 1024;

#[derive(Deserialize)]
struct Discovery {
    token_endpoint: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<Secret>,
    access_token: Option<Secret>,
}

/// Fetches the token that the API server takes: the ID token where there is one.
pub(super) async fn token(source: &Oidc) -> Result<Secret> {
    let client =
        Client::new(Settings { ca_certs: source.ca_cert.iter().cloned().collect(), ..Settings::default() })?;
    let issuer = source.issuer_url.trim_end_matches('/');
    let doing = || format!("cannot sign in at `{issuer}`");
    let url = Url::parse(&format!("{issuer}/.well-known/openid-configuration"))
        .context(|| "`source.oidc.issuer_url` is no URL".into())?;
    let answer = client.get(url).send().await.context(doing)?.success().await.context(doing)?;
    let discovery: Discovery = answer.json(LARGEST_ANSWER).await.context(doing)?;
    let url = Url::parse(&discovery.token_endpoint).context(doing)?;
    let scope = source.scopes.join(" ");
    let mut form = vec![("client_id", source.client_id.as_str()), ("scope", scope.as_str())];
    match &source.refresh_token {
        Some(token) => form.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose())]),
        None => form.push(("grant_type", "client_credentials")),
    }
    if let Some(secret) = &source.client_secret {
        form.push(("client_secret", secret.expose()));
    }
    let answer = client.post(url).form(&form).send().await.context(doing)?.success().await.context(doing)?;
    let answer: TokenAnswer = answer.json(LARGEST_ANSWER).await.context(doing)?;
    answer
        .id_token
        .or(answer.access_token)
        .ok_or_else(|| Error::new("the answer has neither `id_token` nor `access_token`").context(doing()))
}
