//! The `quay:` block of a source, and how it becomes a client.

use std::sync::Arc;

use kit::http::Url;
use kit::{Context, Error, Result, Secret, Text};
use oci_registry::{Basic, Repository, may_be_plain};
use quay_api::{Address, Client, Credentials, Settings};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::source::Source;

/// The user name that stands for an OAuth token at Quay's registry.
const OAUTH_USER: &str = "$oauthtoken";
/// The one Quay that is known by its name.
const QUAY_IO: &str = "quay.io";

/// Quay's own API, and who asks there. `quay: {}` is enough where `username` is `$oauthtoken` or a robot.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuaySource {
    /// Where the API is, with its path prefix if it has one. By default the repository's host, over HTTPS.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub url: Option<Text>,

    /// An OAuth 2 token of an application of the organisation. By default the `password`, where `username` is
    /// `$oauthtoken`. Without `username`, the registry is asked with it too.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub token: Option<Secret>,

    /// Log in as a robot with an OIDC token instead of a password.
    #[serde(default)]
    #[schemars(with = "Federation")]
    pub federation: Option<Federation>,
}

/// A robot that logs in with an OIDC token. Its federation in Quay names the token's issuer and subject.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Federation {
    /// The robot: `organisation+name`.
    #[schemars(length(min = 1))]
    pub robot: String,
    /// The OIDC token, as Concourse's identity tokens are.
    pub token: Secret,
    /// The robot's password of one hour, once it was exchanged.
    #[serde(skip)]
    #[schemars(skip)]
    password: Arc<OnceCell<Secret>>,
}

impl Source {
    /// Tells whether Quay's API is to be used: there is a `quay` block, or the host is quay.io and a token is given.
    pub fn uses_quay(&self) -> bool {
        let on_quay_io = self.repository.split('/').next() == Some(QUAY_IO);
        self.quay.is_some() || (on_quay_io && self.oauth_password().is_some())
    }

    /// Returns a client of Quay's API for the repository; `None` where it is not to be used.
    ///
    /// # Errors
    /// When the source contradicts itself, or Quay does not take the OIDC token of `quay.federation`.
    pub async fn quay_client(&self, repository: &Repository) -> Result<Option<Client>> {
        if !self.uses_quay() {
            return Ok(None);
        }
        let anonymous = self.anonymous_quay(repository)?;
        if let Some(token) = self.quay_token() {
            return Ok(Some(anonymous.with_credentials(Credentials::Token(token.clone()))));
        }
        let credentials = match self.federated_robot(&anonymous).await? {
            Some(Basic { username, password }) => Credentials::Basic { username, password },
            None => self.robot(),
        };
        Ok(Some(anonymous.with_credentials(credentials)))
    }

    /// Returns what the registry is asked with where the `quay` block says it: the robot that logged in with an OIDC
    /// token, or the OAuth token where there is no other user.
    ///
    /// # Errors
    /// As [`Source::quay_client`].
    pub async fn quay_login(&self, repository: &Repository) -> Result<Option<Basic>> {
        let Some(block) = &self.quay else { return Ok(None) };
        if block.federation.is_some() {
            return self.federated_robot(&self.anonymous_quay(repository)?).await;
        }
        let token = given(block.token.as_ref()).filter(|_| self.username.is_none());
        Ok(token.map(|token| Basic { username: OAUTH_USER.into(), password: token.clone() }))
    }

    fn anonymous_quay(&self, repository: &Repository) -> Result<Client> {
        Ok(Client::new(Settings {
            address: self.quay_address(repository)?,
            repository: repository.path().to_owned(),
            insecure: self.insecure.get(),
            ca_certs: self.ca_certs.clone(),
            credentials: Credentials::Anonymous,
            retry: self.retry_for.policy(),
        })?)
    }

    fn quay_token(&self) -> Option<&Secret> {
        given(self.quay.as_ref().and_then(|block| block.token.as_ref())).or_else(|| self.oauth_password())
    }

    fn oauth_password(&self) -> Option<&Secret> {
        self.password.as_ref().filter(|_| self.username.as_deref() == Some(OAUTH_USER))
    }

    fn robot(&self) -> Credentials {
        match (&self.username, &self.password) {
            (Some(username), Some(password)) => {
                Credentials::Basic { username: username.clone(), password: password.clone() }
            }
            _ => Credentials::Anonymous,
        }
    }

    /// Exchanges the OIDC token for the robot's password, once per step; `None` without `quay.federation`.
    async fn federated_robot(&self, quay: &Client) -> Result<Option<Basic>> {
        let Some(federation) = self.quay.as_ref().and_then(|block| block.federation.as_ref()) else {
            return Ok(None);
        };
        if self.username.is_some() || self.password.is_some() {
            return Err(Error::new("`source.quay.federation` stands beside `username` and `password`")
                .hint("the robot needs no password then: leave both out"));
        }
        let exchange = || quay.robot_password(&federation.robot, &federation.token);
        let password = federation.password.get_or_try_init(exchange).await?;
        Ok(Some(Basic { username: federation.robot.clone(), password: password.clone() }))
    }

    fn quay_address(&self, repository: &Repository) -> Result<Address> {
        let host = repository.host();
        let url = self.quay.as_ref().and_then(|block| block.url.as_ref()).filter(|url| !url.is_empty());
        let Some(text) = url else {
            let plain = self.insecure.get() || may_be_plain(host);
            return Ok(if plain { Address::PlainHost(host.into()) } else { Address::Host(host.into()) });
        };
        let url: Url = text
            .as_str()
            .parse()
            .context(|| "`source.quay.url` is no URL".into())
            .hint(|| "as in `https://quay.example.com`".into())?;
        let name = url.host_str().unwrap_or_default();
        match url.scheme() {
            "https" => Ok(Address::Url(url)),
            "http" if self.insecure.get() || may_be_plain(name) => Ok(Address::Url(url)),
            "http" => {
                Err(Error::new("`source.quay.url` is plain http: anybody on the way could read the token")
                    .hint("use https, or allow it with `insecure: true`"))
            }
            other => Err(Error::new(format!("`source.quay.url` begins with `{other}:`"))
                .hint("as in `https://quay.example.com`")),
        }
    }
}

fn given(secret: Option<&Secret>) -> Option<&Secret> {
    secret.filter(|secret| !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn source(fields: &serde_json::Value) -> Source {
        let mut whole = json!({"repository": "quay.example.com/acme/app"});
        for (name, value) in fields.as_object().unwrap() {
            whole[name] = value.clone();
        }
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn quay_is_used_where_it_is_asked_for_or_known() {
        let oauth = json!({"repository": "quay.io/acme/app", "username": "$oauthtoken", "password": "x"});
        let robot = json!({"repository": "quay.io/acme/app", "username": "acme+ci", "password": "x"});
        let elsewhere = json!({"username": "$oauthtoken", "password": "x"});
        let cases = [
            ("nothing", json!({}), false),
            ("a block", json!({"quay": {}}), true),
            ("quay.io with a token", oauth, true),
            ("quay.io with a robot", robot, false),
            ("another host with a token", elsewhere, false),
        ];
        for (case, fields, expected) in cases {
            assert_eq!(source(&fields).uses_quay(), expected, "{case}");
        }
    }

    #[test]
    fn the_api_is_at_the_repositorys_host_or_where_the_block_says() {
        let address = |fields| {
            let source = source(&fields);
            let repository: Repository = source.repository.parse().unwrap();
            source.quay_address(&repository).map_err(|error| error.to_string())
        };
        let url = |text: &str| Ok(Address::Url(text.parse().unwrap()));
        let host = Ok(Address::Host("quay.example.com".into()));
        assert_eq!(address(json!({"quay": {}})), host);
        assert_eq!(address(json!({"quay": {"url": ""}})), host);
        let plain = Ok(Address::PlainHost("127.0.0.1:5000".into()));
        assert_eq!(address(json!({"repository": "127.0.0.1:5000/acme/app", "quay": {}})), plain);
        let far = "https://api.example.com/quay";
        assert_eq!(address(json!({"quay": {"url": far}})), url(far));
        assert_eq!(address(json!({"quay": {"url": "http://localhost:1/q"}})), url("http://localhost:1/q"));
        for (text, expected) in
            [("http://api.example.com", "plain http"), ("ftp://x", "begins with"), ("quay", "no URL")]
        {
            let message = address(json!({"quay": {"url": text}})).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
