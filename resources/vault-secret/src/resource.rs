//! The three steps, as the kit calls them.

use kit::{Destination, Fetched, Inputs, Pushed, Resource, Result, Step};

use crate::{GetParams, PutParams, Source, Version, check, get, put};

/// Secrets in Vault and OpenBao.
#[derive(Clone, Copy, Debug)]
pub struct VaultSecret;

impl Resource for VaultSecret {
    const NAME: &'static str = "vault-secret";
    const SUMMARY: &'static str = "Reads, watches, leases and writes secrets in Vault and OpenBao.";

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
