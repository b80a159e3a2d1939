//! Asking for a secret of any engine but KV 2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::Secret;
use serde_json::{Map, Value, json};

use super::{Access, Place};
use crate::params::{Take, Wanted};
use crate::session::Session;
use crate::vault::{Answer, Call, Vault, VaultError};

/// What an engine gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) data: Map<String, Value>,
    pub(crate) lease: Option<Lease>,
}

/// A lease that came with a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) id: String,
    /// Seconds.
    pub(crate) duration: u64,
    pub(crate) is_renewable: bool,
}

/// Asks for what is at `place`.
pub(crate) async fn ask(
    session: &Session,
    vault: &Vault,
    place: &Place,
    wanted: &Wanted,
) -> Result<Given, VaultError> {
    let call = call(place, wanted);
    let answer = match place.access {
        Access::Mint => session.mint(vault, call.once()).await?,
        // A wrapped answer is a token of its own.
        _ if wanted.wrap.is_some() => session.mint(vault, call.once()).await?,
        Access::Compute => vault.send(&call.repeatable()).await?,
        Access::Read | Access::Rotated | Access::Versioned => vault.send(&call).await?,
    };
    take(answer, place, wanted)
}

fn call(place: &Place, wanted: &Wanted) -> Call {
    let path = match place.access {
        Access::Versioned => place.versioned_path("data"),
        _ => place.path(),
    };
    let call = if place.is_write { Call::write(path, body(place, wanted)) } else { Call::read(path) };
    let call = wanted.query.iter().fold(call, |call, (name, value)| call.query(name, value.as_str()));
    call.wrapped(wanted.wrap)
}

fn body(place: &Place, wanted: &Wanted) -> Value {
    let mut body = wanted.params.clone().unwrap_or_default();
    if let Some(text) = &wanted.text {
        let field = if place.below.starts_with("encrypt/") { "plaintext" } else { "input" };
        body.insert(field.into(), Value::String(STANDARD.encode(text.expose())));
    }
    Value::Object(body)
}

fn take(answer: Answer, place: &Place, wanted: &Wanted) -> Result<Given, VaultError> {
    let missing = |missing| VaultError::Incomplete { path: place.path(), missing };
    if wanted.wrap.is_some() {
        let wrapped = answer.envelope.wrap_info.ok_or_else(|| missing("wrapping token"))?;
        let data = json!({
            "token": wrapped.token.expose(),
            "accessor": wrapped.accessor,
            "ttl": wrapped.ttl,
            "creation_time": wrapped.creation_time,
            "creation_path": wrapped.creation_path,
        });
        return Ok(Given { data: object(data), lease: None });
    }
    let envelope = answer.envelope;
    // KV 1 tells a duration as well, as a hint of when to read again; only what has an id is a lease.
    let lease = (!envelope.lease_id.is_empty()).then_some(Lease {
        id: envelope.lease_id,
        duration: envelope.lease_duration,
        is_renewable: envelope.renewable,
    });
    let data = match wanted.take {
        Take::Data => object(envelope.data),
        Take::Auth => {
            let auth = envelope.auth.ok_or_else(|| missing("auth"))?;
            object(json!({
                "client_token": auth.client_token.expose(),
                "accessor": auth.accessor,
                "policies": auth.policies,
                "metadata": auth.metadata,
                "lease_duration": auth.lease_duration,
                "renewable": auth.renewable,
            }))
        }
        Take::Raw => {
            let text = String::from_utf8(answer.body).map_err(|_| missing("text"))?;
            object(json!({ "content": text }))
        }
    };
    if data.is_empty() {
        return Err(missing("data"));
    }
    Ok(Given { data: decoded(data, place), lease })
}

/// Transit answers a decryption in base64, as it took the text.
fn decoded(mut data: Map<String, Value>, place: &Place) -> Map<String, Value> {
    if place.mount.kind != "transit" || !place.below.starts_with("decrypt/") {
        return data;
    }
    let text = data.get("plaintext").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok());
    if let Some(text) = text.and_then(|bytes| String::from_utf8(bytes).ok()) {
        data.insert("plaintext".into(), Value::String(Secret::new(text).expose().to_owned()));
    }
    data
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
