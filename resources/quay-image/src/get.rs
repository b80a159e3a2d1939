//! Fetches an image.

use kit::{Destination, Error, Fetched, Result, Step};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::source::Source;
use crate::version::Version;

/// The `params:` of a get.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {}

/// Fetches `version`.
///
/// # Errors
/// When exactly this version can't be fetched.
pub async fn get(_: &Step<Source>, _: Version, _: Params, _: &Destination) -> Result<Fetched<Version>> {
    Err(Error::new("get is not built yet"))
}
