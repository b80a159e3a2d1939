//! Pushes an image.

use kit::{Error, Inputs, Pushed, Result, Step};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::source::Source;
use crate::version::Version;

/// The `params:` of a put.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {}

/// Pushes an image.
///
/// # Errors
/// When it can't be pushed whole.
pub async fn put(_: &Step<Source>, _: Params, _: &Inputs) -> Result<Pushed<Version>> {
    Err(Error::new("put is not built yet"))
}
