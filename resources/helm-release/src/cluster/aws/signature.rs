//! AWS's Signature Version 4. See <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>.

use kit::Secret;
use kit::http::Url;
use ring::{digest, hmac};
use time::OffsetDateTime;
use time::macros::format_description;

/// Keys to sign with.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) id: Secret,
    pub(super) secret: Secret,
    pub(super) session_token: Option<Secret>,
}

/// What a signature is for.
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) time: OffsetDateTime,
}

impl Scope<'_> {
    fn date(&self) -> String {
        self.time.format(format_description!("[year][month][day]")).unwrap_or_default()
    }

    pub(super) fn timestamp(&self) -> String {
        self.time
            .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
            .unwrap_or_default()
    }

    fn credential_scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date(), self.region, self.service)
    }

    fn signature(&self, keys: &Keys, canonical_request: &str) -> String {
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            self.timestamp(),
            self.credential_scope(),
            sha256(canonical_request.as_bytes())
        );
        let first = format!("AWS4{}", keys.secret.expose()).into_bytes();
        let steps = [self.date(), self.region.to_owned(), self.service.to_owned(), "aws4_request".to_owned()];
        let key = steps.iter().fold(first, |key, step| mac(&key, step));
        hex(&mac(&key, &to_sign))
    }
}

/// Returns the headers that sign a request: `x-amz-date`, the session's token, `authorization`.
pub(super) fn headers(
    keys: &Keys,
    scope: &Scope<'_>,
    method: &str,
    url: &Url,
    body: &[u8],
    further: &[(&str, &str)],
) -> Vec<(String, String)> {
    let mut signed: Vec<(String, String)> =
        further.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    signed.push(("host".into(), host(url)));
    signed.push(("x-amz-date".into(), scope.timestamp()));
    if let Some(token) = &keys.session_token {
        signed.push(("x-amz-security-token".into(), token.expose().to_owned()));
    }
    signed.sort();
    let names = signed_names(&signed);
    let request = canonical_request(method, url, &signed, &sha256(body));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={names}, Signature={}",
        keys.id.expose(),
        scope.credential_scope(),
        scope.signature(keys, &request)
    );
    signed.retain(|(name, _)| name.starts_with("x-amz-"));
    signed.push(("authorization".into(), authorization));
    signed
}

/// Returns `url` signed in its query, so that somebody else can send it within `seconds`.
pub(super) fn presigned(
    keys: &Keys,
    scope: &Scope<'_>,
    mut url: Url,
    seconds: u32,
    headers: &[(&str, &str)],
) -> Url {
    let mut signed: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    signed.push(("host".into(), host(&url)));
    signed.sort();
    let names = signed_names(&signed);
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
        query.append_pair("X-Amz-Credential", &format!("{}/{}", keys.id.expose(), scope.credential_scope()));
        query.append_pair("X-Amz-Date", &scope.timestamp());
        query.append_pair("X-Amz-Expires", &seconds.to_string());
        query.append_pair("X-Amz-SignedHeaders", &names);
        if let Some(token) = &keys.session_token {
            query.append_pair("X-Amz-Security-Token", token.expose());
        }
    }
    let request = canonical_request("GET", &url, &signed, &sha256(b""));
    let signature = scope.signature(keys, &request);
    url.query_pairs_mut().append_pair("X-Amz-Signature", &signature);
    url
}

fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

fn signed_names(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";")
}

fn canonical_request(method: &str, url: &Url, headers: &[(String, String)], body_hash: &str) -> String {
    let mut query: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))).collect();
    query.sort();
    let query: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let headers_text: String =
        headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    // Every service but S3 encodes the path twice; ours have nothing in it that would change.
    format!(
        "{method}\n{}\n{}\n{headers_text}\n{}\n{body_hash}",
        url.path(),
        query.join("&"),
        signed_names(headers)
    )
}

/// RFC 3986's unreserved characters stay; everything else is a percent and two upper-case digits.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    /// AWS's own test suite for the signature, cases `get-vanilla` and `get-vanilla-query-order-key-case`.
    #[test]
    fn signatures_are_those_of_the_published_cases() {
        let keys = Keys {
            id: Secret::new("AKIDEXAMPLE"),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: None,
        };
        let scope =
            Scope { region: "us-east-1", service: "service", time: datetime!(2015-08-30 12:36:00 UTC) };
        let cases = [
            (
                "https://example.amazonaws.com/",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "https://example.amazonaws.com/?Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
        ];
        for (url, signature) in cases {
            let url = Url::parse(url).unwrap();
            let signed = headers(&keys, &scope, "GET", &url, b"", &[]);
            let (_, authorization) = signed.last().unwrap();
            assert_eq!(authorization.rsplit_once("Signature=").unwrap().1, signature, "{url}");
        }
    }
}
