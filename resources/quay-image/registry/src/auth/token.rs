//! Tokens, and the server that issues them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::Secret;
use kit::http::Url;
use serde::Deserialize;
use serde_json::Value;

use super::TokenServer;
use super::challenge::Bearer;
use crate::Cause;
use crate::credentials::Login;

/// What a token server may answer at most, in bytes.
const LARGEST_ANSWER: u64 = 1024 * 1024;
/// How long a token lasts that does not say so: what the specification of distribution's tokens has.
const UNSAID_LIFETIME: Duration = Duration::from_secs(60);
/// How long before its end a token is renewed, so that it lasts for the request that it goes with.
const MARGIN: Duration = Duration::from_secs(10);

/// A token, and until when it is good.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: Secret,
    renew_at: Instant,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
    expires_in: Option<i64>,
}

impl Token {
    pub(crate) fn is_valid(&self, now: Instant) -> bool {
        now < self.renew_at
    }
}

impl TokenServer<'_> {
    /// Fetches a token for `scopes`, or for the scope that the challenge names if there are none.
    pub(crate) async fn fetch(
        &self,
        challenge: &Bearer,
        scopes: &[String],
        login: &Login,
    ) -> Result<Token, Cause> {
        self.refuse_plain_text(&challenge.realm, login)?;
        let mut request = self.http.get(challenge.realm.clone());
        if let Some(service) = &challenge.service {
            request = request.query("service", service);
        }
        let asked = challenge.scope.iter().filter(|_| scopes.is_empty());
        // Several scopes are several parameters: Quay refuses them joined by a blank.
        for scope in scopes.iter().chain(asked) {
            request = request.query("scope", scope);
        }
        if let Login::Basic(user) = login {
            request = request.basic(&user.username, &user.password);
        }
        let started = Instant::now();
        let answer: Answer = request.send().await?.success().await?.json(LARGEST_ANSWER).await?;
        let text = if answer.token.is_empty() { answer.access_token } else { answer.token };
        if text.is_empty() {
            return Err(Cause::Protocol(format!(
                "{} answered without a token",
                kit::http::shown(&challenge.realm)
            )));
        }
        let lifetime = answer.expires_in.map(seconds).or_else(|| lifetime(&text));
        let lifetime = lifetime.unwrap_or(UNSAID_LIFETIME);
        Ok(Token { renew_at: started + lifetime.saturating_sub(MARGIN), text: Secret::new(text) })
    }

    fn refuse_plain_text(&self, realm: &Url, login: &Login) -> Result<(), Cause> {
        let plain = realm.scheme() != "https" && self.registry.scheme() == "https" && !self.insecure;
        let local = realm.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        if plain && !local && matches!(login, Login::Basic(_)) {
            let realm = kit::http::shown(realm);
            return Err(Cause::Protocol(format!(
                "the registry asks to send the password unencrypted to {realm}"
            )));
        }
        Ok(())
    }
}

/// A token may have ended before it was given, if the server's clock is wrong.
fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or_default())
}

/// Reads how long a JWT lasts from when it was issued, so that a clock that is wrong does no harm. Quay says it
/// nowhere else.
fn lifetime(token: &str) -> Option<Duration> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let seconds = |name: &str| claims.get(name).and_then(Value::as_u64);
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map(|now| now.as_secs()).ok();
    let issued = seconds("iat").or_else(|| seconds("nbf")).or_else(now)?;
    Some(Duration::from_secs(seconds("exp")?.saturating_sub(issued)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_jwt_says_how_long_it_lasts() {
        let jwt = |claims: Value| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let cases = [
            ("issued and ends", jwt(json!({"iat": 1000, "exp": 4600})), Some(3600)),
            ("valid from", jwt(json!({"nbf": 1000, "exp": 1060})), Some(60)),
            ("ended before it began", jwt(json!({"iat": 1000, "exp": 900})), Some(0)),
            ("no end", jwt(json!({"iat": 1000})), None),
            ("no JWT", "opaque".into(), None),
            ("rubbish", "a.!.c".into(), None),
        ];
        for (case, token, expected) in cases {
            assert_eq!(lifetime(&token), expected.map(Duration::from_secs), "{case}");
        }
    }
}
