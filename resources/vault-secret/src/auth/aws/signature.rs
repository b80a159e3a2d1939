//! AWS Signature Version 4, for the one kind of request that a login needs.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>. The official crate
//! brings thirty others and an older SHA-2 for these forty lines.

use hmac::{Hmac, KeyInit, Mac};
use kit::http::Url;
use kit::{Error, Result, Secret};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

/// An access key.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    pub(super) id: Secret,
    pub(super) secret: Secret,
    /// Of a temporary key.
    pub(super) session: Option<Secret>,
}

/// A form to be posted to STS.
pub(super) struct Question<'a> {
    pub(super) endpoint: &'a Url,
    pub(super) region: &'a str,
    pub(super) body: &'a str,
    pub(super) server_id: Option<&'a str>,
    pub(super) at: OffsetDateTime,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

impl Question<'_> {
    /// Returns all headers of the request, `Authorization` among them.
    pub(super) fn signed_headers(&self, credentials: &Credentials) -> Result<Vec<(String, String)>> {
        let timestamp = self.at.format(format_description!("[year][month][day]T[hour][minute][second]Z"))?;
        let mut headers = self.headers(&timestamp, credentials)?;
        // Sorted by name, as the canonical form asks.
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let scope = format!("{}/{}/sts/aws4_request", &timestamp[..8], self.region);
        let to_sign = format!(
            "{ALGORITHM}\n{timestamp}\n{scope}\n{}",
            hex(&Sha256::digest(self.canonical(&headers, &names)))
        );
        let signature = hex(&mac(&self.key(&timestamp[..8], credentials), &to_sign));
        let id = credentials.id.expose();
        let value =
            format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
        headers.push(("authorization".into(), value));
        Ok(headers)
    }

    fn headers(&self, timestamp: &str, credentials: &Credentials) -> Result<Vec<(String, String)>> {
        let nameless = || Error::new(format!("`{}` names no host", self.endpoint));
        let host = self.endpoint.host_str().ok_or_else(nameless)?;
        let host = self.endpoint.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut headers = vec![
            ("content-type".into(), CONTENT_TYPE.into()),
            ("host".into(), host),
            ("x-amz-date".into(), timestamp.into()),
        ];
        if let Some(session) = &credentials.session {
            headers.push(("x-amz-security-token".into(), session.expose().into()));
        }
        if let Some(id) = self.server_id {
            headers.push(("x-vault-aws-iam-server-id".into(), id.into()));
        }
        Ok(headers)
    }

    fn canonical(&self, headers: &[(String, String)], names: &str) -> String {
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let body = hex(&Sha256::digest(self.body));
        format!("POST\n{}\n\n{lines}\n{names}\n{body}", self.endpoint.path())
    }

    fn key(&self, date: &str, credentials: &Credentials) -> Vec<u8> {
        let first = format!("AWS4{}", credentials.secret.expose()).into_bytes();
        [date, self.region, "sts", "aws4_request"].iter().fold(first, |key, part| mac(&key, part))
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    /// The values were made by botocore's own signer from the same input.
    #[test]
    fn a_question_is_signed_as_amazon_signs_it() {
        let credentials = Credentials {
            id: Secret::new("AKIDEXAMPLE"),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session: None,
        };
        let endpoint = Url::parse("https://sts.amazonaws.com/").unwrap();
        let question = Question {
            endpoint: &endpoint,
            region: "us-east-1",
            body: "Action=GetCallerIdentity&Version=2011-06-15",
            server_id: Some("vault.example.com"),
            at: datetime!(2015-08-30 12:36:00 UTC),
        };
        let headers = question.signed_headers(&credentials).unwrap();
        let authorization = &headers.last().unwrap().1;
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sts/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-vault-aws-iam-server-id, \
             Signature=df234c45af42b105eae29dd0035133e7fadb800a3000a94bf0f44b08c7b38cbe"
        );
    }
}
