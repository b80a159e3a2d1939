//! A stored certificate that nears its end.

use kit::{Error, Result};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::certificate;
use crate::params::{Keys, Wanted};

/// The key that a stored answer of PKI has.
const USUAL_KEY: &str = "certificate";

/// Returns the end of the certificate in `data`, once it is nearer than `renew_before`; `None` until then, and where
/// nobody asked.
pub(super) fn due(
    wanted: &Wanted,
    name: &str,
    data: &Map<String, Value>,
    now: OffsetDateTime,
) -> Result<Option<String>> {
    let Some(before) = wanted.renew_before else { return Ok(None) };
    let key = wanted.certificate_key.as_deref().unwrap_or(USUAL_KEY);
    let data = Value::Object(data.clone());
    let pem = Keys::find(&data, key).and_then(Value::as_str).ok_or_else(|| {
        Error::new(format!(
            "`{name}` has no key `{key}` with a certificate, whose end `renew_before` asks for"
        ))
        .hint("`certificate_key` names the key")
    })?;
    let end = certificate::end(pem)
        .map_err(|error| error.context(format!("`{key}` of `{name}` is no certificate")))?;
    let is_due = end - now < before.duration();
    Ok(is_due.then(|| end.format(&Rfc3339).unwrap_or_default()))
}
