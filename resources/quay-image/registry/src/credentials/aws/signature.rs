//! AWS's Signature Version 4
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use kit::http::header::{AUTHORIZATION, HeaderName};
use kit::http::{Request, Url};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use super::AccessKey;
use crate::digest::hex;

/// Signs requests to one service of a region.
#[derive(Clone, Copy, Debug)]
pub(in crate::credentials) struct Signer<'a> {
    pub(in crate::credentials) region: &'a str,
    pub(in crate::credentials) service: &'a str,
    pub(in crate::credentials) key: &'a AccessKey,
}

impl Signer<'_> {
    /// Returns the POST `request` to `url` with its body and signature. `headers` are those that it already has and
    /// that are to be signed, in lower case.
    pub(in crate::credentials) fn sign(
        &self,
        mut request: Request,
        url: &Url,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Request {
        let now = timestamp(SystemTime::now());
        let token = self.key.session_token.as_ref().map(|token| token.expose());
        let authorization = self.authorization(&now, url, headers, &body);
        request = request
            .header(HeaderName::from_static("x-amz-date"), &now)
            .secret_header(AUTHORIZATION, &authorization)
            .body(body);
        match token {
            Some(token) => request.secret_header(HeaderName::from_static("x-amz-security-token"), token),
            None => request,
        }
    }

    /// Returns the `Authorization` of a POST at the time `now` (`20261124T081500Z`).
    fn authorization(&self, now: &str, url: &Url, headers: &[(&str, &str)], body: &[u8]) -> String {
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        };
        let mut signed: Vec<(&str, &str)> = headers.to_vec();
        signed.extend([("host", host.as_str()), ("x-amz-date", now)]);
        if let Some(token) = &self.key.session_token {
            signed.push(("x-amz-security-token", token.expose()));
        }
        signed.sort_unstable();
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let canonical = format!(
            "POST\n{}\n{}\n{lines}\n{names}\n{}",
            url.path(),
            url.query().unwrap_or_default(),
            hex(&Sha256::digest(body))
        );
        let day = now.split('T').next().unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let to_sign = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let first = format!("AWS4{}", self.key.secret_access_key.expose());
        let signing_key = [day, self.region, self.service, "aws4_request"]
            .iter()
            .fold(first.into_bytes(), |key, part| mac(&key, part));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.key.access_key_id.expose(),
            hex(&mac(&signing_key, &to_sign))
        )
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn timestamp(now: SystemTime) -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    // Formatting fails only for years beyond 9999.
    OffsetDateTime::from(now).format(&format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `post-x-www-form-urlencoded` case of AWS's own test suite for Signature Version 4.
    #[test]
    fn a_request_of_the_test_suite_gets_its_signature() {
        let key = AccessKey {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        };
        let signer = Signer { region: "us-east-1", service: "service", key: &key };
        let url = Url::parse("https://example.amazonaws.com/").unwrap();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let authorization = signer.authorization("20150830T123600Z", &url, &headers, b"Param1=value1");
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        );
    }

    #[test]
    fn the_time_is_written_as_aws_reads_it() {
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_440_938_160);
        assert_eq!(timestamp(time), "20150830T123600Z");
    }
}
