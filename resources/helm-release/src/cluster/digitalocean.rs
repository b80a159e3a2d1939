//! DigitalOcean: one call brings a kubeconfig with a token.

use kit::http::{Client, Settings, Url};
use kit::{Context, Error, Result, Secret};

use super::access::Access;
use super::kubeconfig;
use crate::source::DigitalOcean;

const LARGEST_KUBECONFIG: u64 = 1024 * 1024;

/// Finds the way to a DigitalOcean cluster.
pub(super) async fn access(source: &DigitalOcean) -> Result<Access> {
    let url = format!(
        "{}/v2/kubernetes/clusters/{}/kubeconfig",
        source.endpoint.trim_end_matches('/'),
        source.cluster_id
    );
    let url = Url::parse(&url).context(|| "`source.digitalocean.endpoint` is no URL".into())?;
    let doing = || format!("cannot get the kubeconfig of the DigitalOcean cluster `{}`", source.cluster_id);
    let answer = Client::new(Settings::default())?.get(url).bearer(&source.access_token).send().await;
    let answer = answer.context(doing)?.success().await.context(doing)?;
    let bytes = answer.bytes(LARGEST_KUBECONFIG).await.context(doing)?;
    let text =
        String::from_utf8(bytes.to_vec()).map_err(|_| Error::new("it is not text").context(doing()))?;
    kubeconfig::read(Secret::new(text).expose(), None)
}
