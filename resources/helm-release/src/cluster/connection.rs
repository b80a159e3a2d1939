//! Everything that a step needs of a cluster.

use std::path::Path;

use kit::{Error, Result};
use kube::Client;

use super::{Access, Given, access, client, of_kubeconfig, tunnel};
use crate::release::{Storage, retry_all_for};
use crate::source::Source;

/// A cluster that a step works on.
pub struct Connection {
    /// The way there, through the bastion if there is one.
    pub access: Access,
    /// Our own client.
    pub client: Client,
    /// Helm's records.
    pub storage: Storage,
    /// The namespace that is meant where a version or the params name none.
    pub namespace: String,
}

impl Connection {
    /// Reads the token from `file` from now on.
    ///
    /// # Errors
    /// When no client can be made of it.
    pub async fn read_token_from(&mut self, source: &Source, file: &Path) -> Result<()> {
        let kubeconfig = self.access.kubeconfig_with_token_file(file);
        self.client = of_kubeconfig(kubeconfig, &self.access.shown_server()).await?;
        self.storage = Storage::new(self.client.clone(), source.driver()?);
        Ok(())
    }
}

/// Makes ready to talk to the cluster; `None` where the source names none. Nothing is sent to the API server yet.
///
/// # Errors
/// When the way that the source names can't be gone.
pub async fn connect(source: &Source, given: &Given) -> Result<Option<Connection>> {
    retry_all_for(source.retry_for);
    let Some(mut access) = access(source, given).await? else { return Ok(None) };
    if let Some(bastion) = &source.bastion {
        access = tunnel(access, bastion).await?;
    }
    let client = client(&access).await?;
    let storage = Storage::new(client.clone(), source.driver()?);
    let from_context = access.namespace.as_deref().filter(|_| source.namespace_from_kubeconfig.get());
    let namespace = source.namespace().or(from_context).unwrap_or("default").to_owned();
    Ok(Some(Connection { access, client, storage, namespace }))
}

/// The same for a step that can do nothing without a cluster.
///
/// # Errors
/// Also when the source names none.
pub async fn required(source: &Source, given: &Given) -> Result<Connection> {
    connect(source, given).await?.ok_or_else(|| {
        Error::new("no cluster is named").hint(
            "set `source.cluster_url` with a token or client certificate, `source.kubeconfig`, or one of the cloud blocks",
        )
    })
}
