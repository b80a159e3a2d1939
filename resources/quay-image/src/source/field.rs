//! How the values of fields are read: an empty text is no value, as it was for the registry-image resource.

use std::fmt::Display;
use std::str::FromStr;

use kit::{Secret, Text};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A value whose text may have arrived as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotable<T> {
    value: T,
    was_number: bool,
}

impl<T> Quotable<T> {
    /// Returns the value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Tells whether the text arrived as a number, so that trailing zeros may be lost.
    pub fn was_number(&self) -> bool {
        self.was_number
    }
}

pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(given(deserializer)?.map(Text::into_string))
}

pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    let secret = Option::<Secret>::deserialize(deserializer)?;
    Ok(secret.filter(|secret| !secret.is_empty()))
}

pub(super) fn parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    given(deserializer)?.map(|text| text.as_str().parse().map_err(D::Error::custom)).transpose()
}

pub(super) fn text_that_may_be_a_number<'de, D, T>(deserializer: D) -> Result<Option<Quotable<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let Some(text) = given(deserializer)? else { return Ok(None) };
    let value = text.as_str().parse().map_err(D::Error::custom)?;
    Ok(Some(Quotable { value, was_number: text.was_number() }))
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text>, D::Error> {
    Ok(Option::<Text>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}
