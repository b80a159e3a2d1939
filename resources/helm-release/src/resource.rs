//! The resource type, as the kit runs it.

use std::process::ExitCode;

use kit::{Destination, Fetched, Inputs, Pushed, Resource, Result, Step};

use crate::params::{GetParams, PutParams};
use crate::source::Source;
use crate::version::Version;
use crate::{check, get, post_render, put};

/// Helm releases in a Kubernetes cluster.
pub struct HelmRelease;

impl Resource for HelmRelease {
    const NAME: &'static str = "helm-release";
    const SUMMARY: &'static str = "Watches, reads and changes Helm releases in a Kubernetes cluster.";

    type Source = Source;
    type Version = Version;
    type GetParams = GetParams;
    type PutParams = PutParams;

    async fn check(&self, step: &Step<Source>, since: Option<Version>) -> Result<Vec<Version>> {
        check::check(step, since).await
    }

    async fn get(
        &self,
        step: &Step<Source>,
        version: Version,
        params: GetParams,
        into: &Destination,
    ) -> Result<Fetched<Version>> {
        get::get(step, version, params, into).await
    }

    async fn put(&self, step: &Step<Source>, params: PutParams, from: &Inputs) -> Result<Pushed<Version>> {
        put::put(step, params, from).await
    }
}

/// Runs the step that the command line names. Helm runs the same binary as its post-renderer.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some(post_render::VERB), Some(changes)) => post_render::run(&changes),
        _ => kit::run(HelmRelease),
    }
}
