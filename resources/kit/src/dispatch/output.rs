//! stdout: one JSON document, written once, at the end.

use std::io::Write;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{Context, Error, Metadata, Result};

pub(super) fn versions<V: Serialize>(versions: &[V]) -> Result<Value> {
    versions.iter().map(flat).collect::<Result<Vec<_>>>().map(Value::Array)
}

pub(super) fn result<V: Serialize>(version: &V, metadata: &Metadata) -> Result<Value> {
    Ok(json!({ "version": flat(version)?, "metadata": metadata }))
}

/// Concourse refuses an empty version, and values that are not texts.
fn flat<V: Serialize>(version: &V) -> Result<Value> {
    let value = serde_json::to_value(version)?;
    let is_flat =
        value.as_object().is_some_and(|fields| !fields.is_empty() && fields.values().all(Value::is_string));
    if is_flat { Ok(value) } else { Err(Error::new("a version is not a flat map of texts; this is a bug")) }
}

pub(super) fn write(document: &Value) -> Result<()> {
    write_text(&format!("{document}\n"))
}

pub(super) fn write_pretty(document: &Value) -> Result<()> {
    write_text(&format!("{document:#}\n"))
}

pub(super) fn write_text(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .context(|| "cannot write the result".into())
}
