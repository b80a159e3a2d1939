//! Lists the versions of an image.

mod listed;
mod pattern;
mod resolve;
mod tag;
mod versions;

use kit::Result;
use oci_registry::Client;

use self::listed::Lister;
use crate::quay::{Gate, Require, ScanParams};
use crate::source::{Follow, Source};
use crate::version::Version;

/// How many versions before the previous one are asked about again where scans decide: what did not pass may pass now.
const LOOK_BACK: usize = 20;

/// Lists versions, oldest first: what the tag stands for, the tags with a match, or the semantic versions.
///
/// # Errors
/// When the registry can't be asked. A given version that is gone is no error.
pub async fn check(source: &Source, since: Option<Version>) -> Result<Vec<Version>> {
    let client = source.client().await?;
    let lister = Lister::new(&client, source.quay_client(client.repository()).await?);
    let follow = source.follow();
    match source.scan.as_ref().filter(|scan| scan.require == Some(Require::Passed)) {
        None => list(&lister, source, &follow, since).await,
        Some(scan) => {
            // Without the previous version, so that what lies before it is listed too.
            let cursor = since.clone().filter(|_| matches!(follow, Follow::Tag(_)));
            let versions = list(&lister, source, &follow, cursor).await?;
            passing(&client, source, scan, recent(versions, since.as_ref())).await
        }
    }
}

async fn list(
    lister: &Lister<'_>,
    source: &Source,
    follow: &Follow<'_>,
    since: Option<Version>,
) -> Result<Vec<Version>> {
    match follow {
        Follow::Tag(tag) => tag::check(lister, tag, since).await,
        Follow::Pattern(pattern) => pattern::check(lister, source, pattern, since).await,
        Follow::Versions(scheme) => versions::check(lister, scheme, since).await,
    }
}

fn recent(mut versions: Vec<Version>, since: Option<&Version>) -> Vec<Version> {
    let place = versions.iter().position(|version| Some(version) == since).unwrap_or_default();
    versions.drain(..place.saturating_sub(LOOK_BACK));
    versions
}

async fn passing(
    client: &Client,
    source: &Source,
    scan: &ScanParams,
    versions: Vec<Version>,
) -> Result<Vec<Version>> {
    let quay = source.required_quay(client.repository(), "`source.scan`").await?;
    let platform = source.platform(None);
    let gate =
        Gate { quay: &quay, registry: client, params: scan, place: "source.scan", platform: &platform };
    gate.passing(versions).await
}
