//! What is signed.

use kit::{Error, Result};
use oci_registry::{Digest, Repository};
use serde_json::{Value, json};

const SIMPLE_SIGNING_TYPE: &str = "cosign container image signature";

/// Returns the text that a signature at `sha256-….sig` is made of: "simple signing", as cosign writes it.
pub(crate) fn simple_signing(repository: &Repository, digest: &Digest) -> Vec<u8> {
    let payload = json!({
        "critical": {
            "identity": {"docker-reference": repository.to_string()},
            "image": {"docker-manifest-digest": digest.as_str()},
            "type": SIMPLE_SIGNING_TYPE,
        },
        "optional": null,
    });
    payload.to_string().into_bytes()
}

/// Checks that a simple signing payload speaks of `digest`.
pub(crate) fn expect_simple_signing(payload: &[u8], digest: &Digest) -> Result<()> {
    let payload: Value =
        serde_json::from_slice(payload).map_err(|_| Error::new("what was signed is not JSON"))?;
    let signed = payload.pointer("/critical/image/docker-manifest-digest").and_then(Value::as_str);
    expect_digest(signed, digest)
}

/// Checks that an in-toto statement, the payload of a bundle, speaks of `digest`.
pub(crate) fn expect_statement(payload: &[u8], digest: &Digest) -> Result<()> {
    let statement: Value =
        serde_json::from_slice(payload).map_err(|_| Error::new("what was signed is not JSON"))?;
    let subjects = statement.get("subject").and_then(Value::as_array).into_iter().flatten();
    let mut digests = subjects.filter_map(|subject| subject.get("digest")?.get(digest.algorithm())?.as_str());
    let first = digests.clone().next();
    if digests.any(|hex| hex == digest.hex()) {
        return Ok(());
    }
    expect_digest(first.map(|hex| format!("{}:{hex}", digest.algorithm())).as_deref(), digest)
}

fn expect_digest(signed: Option<&str>, digest: &Digest) -> Result<()> {
    match signed {
        Some(signed) if signed == digest.as_str() => Ok(()),
        Some(signed) => Err(Error::new(format!("it was made for {signed}, which is something else"))),
        None => Err(Error::new("it does not say what was signed")),
    }
}

/// Returns what a DSSE signature is made of: the "pre-authentication encoding" of a payload and its type.
/// <https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>
pub(crate) fn pre_authentication_encoding(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut encoded = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    encoded.extend_from_slice(payload);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_for_another_digest_is_refused() {
        let [one, two] = ["one", "two"].map(|content| Digest::sha256(content.as_bytes()));
        let repository: Repository = "quay.io/acme/app".parse().unwrap();
        let payload = simple_signing(&repository, &one);
        assert!(expect_simple_signing(&payload, &one).is_ok());
        assert!(expect_simple_signing(&payload, &two).is_err());
        let statement = json!({"subject": [{"digest": {"sha256": one.hex()}}]}).to_string();
        assert!(expect_statement(statement.as_bytes(), &one).is_ok());
        assert!(expect_statement(statement.as_bytes(), &two).is_err());
        assert!(expect_statement(b"{}", &one).is_err());
    }

    #[test]
    fn the_pre_authentication_encoding_is_that_of_the_specification() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }
}
