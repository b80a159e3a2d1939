//! What a registry wants to see: `WWW-Authenticate`.

use http_auth::{ChallengeParser, ChallengeRef};
use kit::http::Response;
use kit::http::Url;
use kit::http::header::WWW_AUTHENTICATE;

/// What a registry wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// User and password.
    Basic,
    /// A token of a server.
    Bearer(Bearer),
}

/// Which token a registry wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bearer {
    /// Where tokens are issued.
    pub(crate) realm: Url,
    /// The registry's name there; a token for another one is refused.
    pub(crate) service: Option<String>,
    /// What the token must allow.
    pub(crate) scope: Option<String>,
}

impl Challenge {
    /// Reads the challenge of a 401: a token if that is offered, else user and password.
    pub(crate) fn of(response: &Response) -> Option<Self> {
        let headers = response.headers().get_all(WWW_AUTHENTICATE);
        let texts = headers.iter().filter_map(|header| header.to_str().ok());
        Self::parse(texts)
    }

    fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut basic = None;
        for challenge in headers.flat_map(|header| ChallengeParser::new(header).map_while(Result::ok)) {
            if challenge.scheme.eq_ignore_ascii_case("bearer")
                && let Some(bearer) = Bearer::read(&challenge)
            {
                return Some(Self::Bearer(bearer));
            }
            if challenge.scheme.eq_ignore_ascii_case("basic") {
                basic = Some(Self::Basic);
            }
        }
        basic
    }
}

impl Bearer {
    fn read(challenge: &ChallengeRef<'_>) -> Option<Self> {
        let parameter = |wanted: &str| {
            let found = challenge.params.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.to_unescaped()).filter(|value| !value.is_empty())
        };
        let realm = Url::parse(&parameter("realm")?).ok()?;
        Some(Self { realm, service: parameter("service"), scope: parameter("scope") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_preferred_and_what_is_unknown_is_skipped() {
        let bearer = |realm: &str, service: Option<&str>, scope: Option<&str>| {
            let text = |text: &str| text.to_owned();
            let (realm, service, scope) = (Url::parse(realm).unwrap(), service.map(text), scope.map(text));
            Some(Challenge::Bearer(Bearer { realm, service, scope }))
        };
        let cases: [(&[&str], Option<Challenge>); 7] = [
            (
                &[
                    r#"Bearer realm="https://quay.io/v2/auth",service="quay.io:443",scope="repository:a/b:pull,push""#,
                ],
                bearer("https://quay.io/v2/auth", Some("quay.io:443"), Some("repository:a/b:pull,push")),
            ),
            (&[r#"bearer Realm="http://x/t""#], bearer("http://x/t", None, None)),
            (&[r#"Basic realm="x""#, r#"Bearer realm="http://x/t""#], bearer("http://x/t", None, None)),
            (&[r#"Basic realm="x", Bearer realm="http://x/t""#], bearer("http://x/t", None, None)),
            (&[r#"Basic realm="x""#], Some(Challenge::Basic)),
            (&[r#"Negotiate"#, r#"Bearer realm="no url""#], None),
            (&[], None),
        ];
        for (headers, expected) in cases {
            assert_eq!(Challenge::parse(headers.iter().copied()), expected, "{headers:?}");
        }
    }
}
