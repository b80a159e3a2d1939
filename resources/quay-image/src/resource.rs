//! The resource type, as the kit runs it.

use kit::{Destination, Fetched, Inputs, Pushed, Resource, Result, Step};

use crate::source::Source;
use crate::version::Version;
use crate::{check, get, put};

/// The quay-image resource type.
#[derive(Clone, Copy, Debug)]
pub struct QuayImage;

impl Resource for QuayImage {
    const NAME: &'static str = "quay-image";
    const SUMMARY: &'static str =
        "Checks, gets and puts container images in Quay and every other OCI registry.";

    type Source = Source;
    type Version = Version;
    type GetParams = get::Params;
    type PutParams = put::Params;

    async fn check(&self, step: &Step<Source>, since: Option<Version>) -> Result<Vec<Version>> {
        check::check(&step.source, since).await
    }

    async fn get(
        &self,
        step: &Step<Source>,
        version: Version,
        params: get::Params,
        into: &Destination,
    ) -> Result<Fetched<Version>> {
        get::get(step, version, params, into).await
    }

    async fn put(&self, step: &Step<Source>, params: put::Params, from: &Inputs) -> Result<Pushed<Version>> {
        put::put(step, params, from).await
    }
}
