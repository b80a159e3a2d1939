//! PEM certificates, as one text or a list of texts.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, de};

/// PEM certificates, as one text or a list of texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Certificates(Vec<String>);

impl Certificates {
    /// Returns the texts that are not empty.
    pub(super) fn pems(&self) -> Vec<String> {
        self.0.iter().filter(|pem| !pem.trim().is_empty()).cloned().collect()
    }
}

impl<'de> Deserialize<'de> for Certificates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CertificatesVisitor)
    }
}

struct CertificatesVisitor;

impl<'de> Visitor<'de> for CertificatesVisitor {
    type Value = Certificates;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PEM certificates, as one text or a list of texts")
    }

    fn visit_str<E: de::Error>(self, pem: &str) -> Result<Certificates, E> {
        Ok(Certificates(vec![pem.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Certificates, A::Error> {
        let mut pems = Vec::new();
        while let Some(pem) = list.next_element()? {
            pems.push(pem);
        }
        Ok(Certificates(pems))
    }
}

impl JsonSchema for Certificates {
    fn schema_name() -> Cow<'static, str> {
        "Certificates".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
    }
}
