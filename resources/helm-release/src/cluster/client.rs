//! kube's client on an [`Access`].

use std::time::Duration;

use kit::{Context, Error, Result};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::Access;

/// How long the API server may stay silent within an answer. Long requests of ours are polls, not watches.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Makes a client. Nothing is sent yet.
///
/// # Errors
/// When the URL, a certificate or a key can't be used.
pub async fn client(access: &Access) -> Result<Client> {
    let kubeconfig: Kubeconfig = serde_json::from_value(access.kubeconfig())
        .map_err(|_| Error::new("the cluster's address or credentials can't be used"))?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let mut config = config
        .context(|| format!("cannot use the cluster at `{}`", access.server))
        .hint(|| "check `cluster_url`, the CA and the client certificate".into())?;
    config.read_timeout = Some(READ_TIMEOUT);
    config.reset_reader_on_write = true;
    // Retries follow the kit's policy: see `release::retrying`.
    config.default_retry = false;
    if is_loopback(&config.cluster_url) {
        config.proxy_url = None;
    }
    Client::try_from(config).context(|| format!("cannot use the cluster at `{}`", access.server))
}

/// No proxy is asked for what is on this machine: a bastion's tunnel, above all.
fn is_loopback(url: &http::Uri) -> bool {
    url.host().is_some_and(|host| {
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}
