//! What a resource type implements.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Destination, Inputs, Metadata, Result, Step};

/// A Concourse resource type: the three steps, on typed payloads.
///
/// The schemas of the types are the truth for validation, for `--schema`, for the documentation and for `lint`:
/// - `#[serde(deny_unknown_fields)]` makes a type strict;
/// - `#[schemars(extend("x-aliases" = ["url"]))]` on a field names other spellings that mean the same key;
/// - `#[schemars(extend("x-ignored" = {"key": "why"}))]` on a type accepts a key, with a warning that says why;
/// - `#[schemars(extend("x-refused" = {"key": "what to use"}))]` on a type refuses a key by name.
///
/// Every resource also takes `source.debug` and `source.allow_unknown_keys`, which the kit handles.
pub trait Resource {
    /// The resource type's name: also the binary's.
    const NAME: &'static str;
    /// One sentence for people who run the binary by hand.
    const SUMMARY: &'static str;

    /// The `source:` block.
    type Source: DeserializeOwned + JsonSchema;
    /// A version: a flat map of texts. Its keys are a frozen format, since Concourse compares versions as text.
    type Version: Serialize + DeserializeOwned + JsonSchema;
    /// The `params:` of a get.
    type GetParams: DeserializeOwned + JsonSchema;
    /// The `params:` of a put.
    type PutParams: DeserializeOwned + JsonSchema;

    /// Lists versions, oldest first: the given one if it is still valid, then the newer ones.
    ///
    /// A version that can't be read (an older type's, say) arrives as `None`, like on the first check.
    ///
    /// # Errors
    /// When the versions can't be told. A given version that is gone is no error.
    fn check(
        &self,
        step: &Step<Self::Source>,
        since: Option<Self::Version>,
    ) -> impl Future<Output = Result<Vec<Self::Version>>>;

    /// Fetches exactly `version` into the destination. Depends on the payload alone: Concourse caches the outcome.
    ///
    /// # Errors
    /// When exactly this version can't be fetched.
    fn get(
        &self,
        step: &Step<Self::Source>,
        version: Self::Version,
        params: Self::GetParams,
        into: &Destination,
    ) -> impl Future<Output = Result<Fetched<Self::Version>>>;

    /// Changes the world from the inputs and says which version that made. May be run twice: must be idempotent.
    ///
    /// # Errors
    /// When the change could not be made whole.
    fn put(
        &self,
        step: &Step<Self::Source>,
        params: Self::PutParams,
        from: &Inputs,
    ) -> impl Future<Output = Result<Pushed<Self::Version>>>;
}

/// What a get fetched: the version it was asked for, and what to show of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched<V> {
    /// The version as it was asked for.
    pub version: V,
    /// What to show beside it.
    pub metadata: Metadata,
}

/// What a put made: the new version, and what to show of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed<V> {
    /// The version that now exists.
    pub version: V,
    /// What to show beside it.
    pub metadata: Metadata,
}
