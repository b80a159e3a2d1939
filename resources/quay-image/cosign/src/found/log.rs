//! An entry of a transparency log (Rekor), as it stands beside a signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result};
use serde::Deserialize;
use serde_json::Value;

/// What the log says of a signature, and its promise that it says so to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogEntry {
    /// The entry itself, as the log keeps it, base64.
    pub(crate) body: String,
    /// When the log took it: seconds since 1970.
    pub(crate) integrated_time: i64,
    /// Its position.
    pub(crate) index: i64,
    /// The SHA-256 digest of the log's key, in hexadecimal.
    pub(crate) log_id: String,
    /// The log's signature of all that: the "signed entry timestamp".
    pub(crate) promise: Vec<u8>,
}

/// The annotation `dev.sigstore.cosign/bundle`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Annotation {
    signed_entry_timestamp: String,
    payload: AnnotationPayload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnnotationPayload {
    body: String,
    integrated_time: i64,
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

impl LogEntry {
    /// Reads the annotation that stands at a tagged signature.
    pub(super) fn from_annotation(text: &str) -> Result<Self> {
        let malformed = || Error::new("its log entry is malformed");
        let annotation: Annotation = serde_json::from_str(text).map_err(|_| malformed())?;
        Ok(Self {
            body: annotation.payload.body,
            integrated_time: annotation.payload.integrated_time,
            index: annotation.payload.log_index,
            log_id: annotation.payload.log_id,
            promise: STANDARD.decode(annotation.signed_entry_timestamp).map_err(|_| malformed())?,
        })
    }

    /// Reads an entry of a bundle, where numbers are texts (protobuf's JSON). `None` for one without a promise.
    pub(super) fn from_bundle(entry: &Value) -> Option<Self> {
        let number = |name: &str| {
            let value = entry.get(name)?;
            value.as_i64().or_else(|| value.as_str()?.parse().ok())
        };
        let bytes = |pointer: &str| STANDARD.decode(entry.pointer(pointer)?.as_str()?).ok();
        let log_id = bytes("/logId/keyId")?;
        Some(Self {
            body: entry.get("canonicalizedBody")?.as_str()?.to_owned(),
            integrated_time: number("integratedTime")?,
            index: number("logIndex")?,
            log_id: log_id.iter().map(|byte| format!("{byte:02x}")).collect(),
            promise: bytes("/inclusionPromise/signedEntryTimestamp")?,
        })
    }

    /// Returns what the log signed: the entry as canonical JSON (RFC 8785).
    pub(crate) fn promised(&self) -> Vec<u8> {
        let body = Value::from(self.body.as_str());
        let log_id = Value::from(self.log_id.as_str());
        let (time, index) = (self.integrated_time, self.index);
        format!(r#"{{"body":{body},"integratedTime":{time},"logID":{log_id},"logIndex":{index}}}"#)
            .into_bytes()
    }
}
