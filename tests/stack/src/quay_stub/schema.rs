//! Checks bodies as Quay does, by a part of JSON Schema; further properties are let through.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde_json::Value;

use super::refusal::Refusal;

const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A property of an object.
pub(super) struct Property {
    name: &'static str,
    types: &'static [&'static str],
    is_required: bool,
    values: &'static [&'static str],
}

impl Property {
    pub(super) const fn required(name: &'static str, types: &'static [&'static str]) -> Self {
        Self { name, types, is_required: true, values: &[] }
    }

    pub(super) const fn optional(name: &'static str, types: &'static [&'static str]) -> Self {
        Self { name, types, is_required: false, values: &[] }
    }

    /// Lets a text be one of some values only.
    pub(super) const fn among(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    fn check(&self, value: &Value) -> Result<(), Refusal> {
        if !self.types.iter().any(|kind| is_of(value, kind)) {
            return Err(Refusal::invalid(format!("{value} is not of type {:?}", self.types)));
        }
        match value.as_str() {
            Some(text) if !self.values.is_empty() && !self.values.contains(&text) => {
                Err(Refusal::invalid(format!("'{text}' is not one of {:?}", self.values)))
            }
            _ => Ok(()),
        }
    }
}

/// Checks an object's properties.
pub(super) fn check(object: &Value, properties: &[Property]) -> Result<(), Refusal> {
    let Value::Object(fields) = object else {
        return Err(Refusal::invalid(format!("{object} is not of type 'object'")));
    };
    for property in properties {
        match fields.get(property.name) {
            Some(value) => property.check(value)?,
            None if property.is_required => {
                return Err(Refusal::invalid(format!("'{}' is a required property", property.name)));
            }
            None => {}
        }
    }
    Ok(())
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => unreachable!("a type that no property here has: {kind}"),
    }
}

/// A request's JSON body.
pub(super) struct Body(pub(super) Value);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !media_type.is_some_and(|media_type| media_type.starts_with("application/json")) {
            return Err(Refusal::Page(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = to_bytes(request.into_body(), MAX_BODY_BYTES).await;
        let bytes = bytes.map_err(|_| Refusal::Page(StatusCode::PAYLOAD_TOO_LARGE))?;
        let value = serde_json::from_slice(&bytes);
        let value: Value = value
            .map_err(|_| Refusal::Message(StatusCode::BAD_REQUEST, "Failed to decode JSON object".into()))?;
        if value.is_null() {
            return Err(Refusal::invalid("Missing JSON body"));
        }
        Ok(Self(value))
    }
}
