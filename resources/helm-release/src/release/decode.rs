//! From the stored bytes to a record, and back for the one change that we make ourselves.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::{Record, Status};

/// etcd holds 1 MiB per object, so the compressed body is smaller; unpacked it may be much larger, but not like this.
const LARGEST_BODY: u64 = 128 * 1024 * 1024;
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Why a stored record can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DamagedRecord {
    /// The text is not what Helm stores.
    #[error("it is not base64")]
    NotBase64,
    /// The compressed part ends early or is changed.
    #[error("its gzip part is cut off or changed")]
    NotGzip,
    /// Someone wants to fill our memory.
    #[error("it is larger than {LARGEST_BODY} bytes unpacked")]
    TooLarge,
    /// Unpacked it is not JSON.
    #[error("it is not JSON (line {line}, column {column})")]
    NotJson {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// JSON of another shape: of a Helm that does not exist yet, or of something else.
    #[error("it is JSON of another shape than Helm 3 and 4 store: {0}")]
    UnknownShape(String),
    /// It has none of the fields that make a release.
    #[error("it has no `{0}`, which every release of Helm 3 and 4 has")]
    Incomplete(&'static str),
}

/// Reads a record as Helm stores it: JSON, compressed, in base64. What a Secret adds (one more base64) is taken off
/// before.
///
/// # Errors
/// When it is not such a record.
pub fn decode(stored: &[u8]) -> Result<Record, DamagedRecord> {
    record_from_json(&unpack(stored)?)
}

/// Reads a record as Helm prints it.
///
/// # Errors
/// When it is not one.
pub fn record_from_json(json: &[u8]) -> Result<Record, DamagedRecord> {
    let body = parse(json)?;
    for field in ["name", "version", "info"] {
        if body.get(field).is_none() {
            return Err(DamagedRecord::Incomplete(field));
        }
    }
    let mut record: Record = serde_json::from_value(body.clone())
        .map_err(|problem| DamagedRecord::UnknownShape(without_values(&problem)))?;
    record.chart.raw_metadata = body.pointer("/chart/metadata").cloned().unwrap_or_default();
    record.body = body;
    Ok(record)
}

/// Returns the stored form of the same record with another state and description.
///
/// # Errors
/// When the stored form is not a record.
pub fn encode_with_status(
    stored: &[u8],
    status: Status,
    description: &str,
) -> Result<Vec<u8>, DamagedRecord> {
    let mut body = parse(&unpack(stored)?)?;
    let info =
        body.get_mut("info").and_then(Value::as_object_mut).ok_or(DamagedRecord::Incomplete("info"))?;
    info.insert("status".into(), status.as_str().into());
    info.insert("description".into(), description.into());
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = gzip.write_all(body.to_string().as_bytes());
    Ok(STANDARD.encode(gzip.finish().unwrap_or_default()).into_bytes())
}

fn unpack(stored: &[u8]) -> Result<Vec<u8>, DamagedRecord> {
    let packed = STANDARD.decode(stored.trim_ascii()).map_err(|_| DamagedRecord::NotBase64)?;
    if !packed.starts_with(&GZIP_MAGIC) {
        return Ok(packed);
    }
    let mut body = Vec::new();
    let read = GzDecoder::new(packed.as_slice()).take(LARGEST_BODY + 1).read_to_end(&mut body);
    match read {
        Err(_) => Err(DamagedRecord::NotGzip),
        Ok(_) if body.len() as u64 > LARGEST_BODY => Err(DamagedRecord::TooLarge),
        Ok(_) => Ok(body),
    }
}

fn parse(body: &[u8]) -> Result<Value, DamagedRecord> {
    serde_json::from_slice(body)
        .map_err(|problem| DamagedRecord::NotJson { line: problem.line(), column: problem.column() })
}

/// serde's text up to the value that it found, which may be secret: `invalid type: string "x", expected u64`.
fn without_values(problem: &serde_json::Error) -> String {
    let text = problem.to_string();
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "a field has another type".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored(body: &str) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(body.as_bytes()).unwrap();
        STANDARD.encode(gzip.finish().unwrap()).into_bytes()
    }

    #[test]
    fn a_record_is_read_compressed_or_plain() {
        let body = json!({
            "name": "web", "version": 3, "namespace": "shop", "config": null, "hooks": null,
            "info": {"status": "deployed", "deleted": "", "notes": null},
            "chart": {"metadata": {"name": "app", "version": "1.2.3", "appVersion": null}, "templates": null},
        })
        .to_string();
        for form in [stored(&body), STANDARD.encode(&body).into_bytes()] {
            let record = decode(&form).unwrap();
            assert_eq!((record.name.as_str(), record.revision), ("web", 3));
            assert_eq!(record.info.status(), Status::Deployed);
            assert_eq!(record.chart.metadata.version, "1.2.3");
        }
    }

    #[test]
    fn a_damaged_record_says_what_is_wrong_without_showing_it() {
        let whole = stored(r#"{"name": "web", "version": 3, "info": {}}"#);
        let cut = STANDARD.encode(&STANDARD.decode(&whole).unwrap()[..30]).into_bytes();
        let cases = [
            (b"%%%".to_vec(), "it is not base64"),
            (cut, "its gzip part is cut off or changed"),
            (STANDARD.encode("{canary").into_bytes(), "it is not JSON (line 1, column 2)"),
            (STANDARD.encode("{}").into_bytes(), "it has no `name`, which every release of Helm 3 and 4 has"),
            (
                STANDARD.encode(r#"{"name": "a", "version": "canary", "info": {}}"#).into_bytes(),
                "it is JSON of another shape than Helm 3 and 4 store: expected u64",
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(decode(&bytes).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_changed_state_is_in_the_body_and_the_rest_stays() {
        let before = stored(r#"{"name":"web","version":1,"info":{"status":"pending-install"},"new":[1]}"#);
        let after = decode(&encode_with_status(&before, Status::Failed, "killed").unwrap()).unwrap();
        assert_eq!(after.info.status(), Status::Failed);
        assert_eq!(after.body["new"], json!([1]));
    }
}
