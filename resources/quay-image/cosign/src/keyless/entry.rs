//! What a log entry says, held against the signature that it stands beside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result};
use serde_json::Value;

use crate::found::{LogEntry, Signature};
use crate::key::first_pem;

/// Checks that the entry speaks of this very signature, what it signs, and its certificate.
pub(super) fn expect(entry: &LogEntry, signature: &Signature, certificate: &[u8]) -> Result<()> {
    let malformed = || Error::new("its log entry is malformed");
    let body = STANDARD.decode(&entry.body).map_err(|_| malformed())?;
    let body: Value = serde_json::from_slice(&body).map_err(|_| malformed())?;
    let kind = body.get("kind").and_then(Value::as_str).unwrap_or_default();
    let [digest, logged, verifier] = match kind {
        "hashedrekord" => {
            ["/spec/data/hash/value", "/spec/signature/content", "/spec/signature/publicKey/content"]
        }
        "dsse" => ["/spec/payloadHash/value", "/spec/signatures/0/signature", "/spec/signatures/0/verifier"],
        other => {
            return Err(Error::new(format!(
                "its log entry is of the kind `{other}`, which is not supported"
            )));
        }
    };
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    let decoded = |pointer: &str| text(pointer).and_then(|text| STANDARD.decode(text).ok());
    let certified = decoded(verifier).and_then(|pem| first_pem(std::str::from_utf8(&pem).ok()?));
    let same = text(digest) == Some(&signature.logged_digest)
        && decoded(logged).as_deref() == Some(&signature.signature)
        && certified.is_some_and(|(_, der)| der == certificate);
    if same { Ok(()) } else { Err(Error::new("its log entry belongs to another signature")) }
}
