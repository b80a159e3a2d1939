//! Helm's storage, whichever driver it has.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Client;

use super::entry::{Entry, key};
use super::{Driver, Record, decode, objects, sql};
use kit::{Error, Result};

/// Where the records of a cluster's releases are read.
#[derive(Clone)]
pub struct Storage {
    client: Client,
    driver: Driver,
}

impl Storage {
    /// Returns the storage behind a client.
    pub fn new(client: Client, driver: Driver) -> Self {
        Self { client, driver }
    }

    /// Returns all revisions of one release, lowest first. None is no error: there may be no such release.
    ///
    /// # Errors
    /// When the records can't be listed.
    pub async fn history(&self, namespace: &str, release: &str) -> Result<Vec<Entry>> {
        let mut entries = match &self.driver {
            Driver::Sql(connection) => sql::list(connection, Some(namespace), Some(release)).await?,
            _ => self.objects(Some(namespace), &format!("owner=helm,name={release}")).await?,
        };
        entries.sort_by_key(|entry| entry.revision);
        Ok(entries)
    }

    /// Returns all revisions of all releases of a namespace, or of all namespaces, whose labels fit `selector`
    /// (Kubernetes' syntax; empty for all).
    ///
    /// # Errors
    /// When the records can't be listed, or a selector is used with the SQL driver, which knows only equality.
    pub async fn list(&self, namespace: Option<&str>, selector: &str) -> Result<Vec<Entry>> {
        match &self.driver {
            Driver::Sql(connection) => {
                let wanted = equalities(selector)?;
                let mut entries = sql::list(connection, namespace, None).await?;
                entries.retain(|entry| {
                    wanted.iter().all(|(name, value)| entry.labels.get(name).is_some_and(|has| has == value))
                });
                Ok(entries)
            }
            _ if selector.is_empty() => self.objects(namespace, "owner=helm").await,
            _ => self.objects(namespace, &format!("owner=helm,{selector}")).await,
        }
    }

    /// Reads one revision whole; `None` where there is no such revision.
    ///
    /// # Errors
    /// When it can't be read, or is damaged.
    pub async fn read(&self, namespace: &str, release: &str, revision: u64) -> Result<Option<Record>> {
        let key = key(release, revision);
        let stored = match &self.driver {
            Driver::Secret => objects::read::<Secret>(&self.client, namespace, &key).await?,
            Driver::ConfigMap => objects::read::<ConfigMap>(&self.client, namespace, &key).await?,
            Driver::Sql(connection) => sql::read(connection, namespace, &key).await?,
        };
        let Some(stored) = stored else { return Ok(None) };
        decode(&stored).map(Some).map_err(|problem| {
            Error::from(problem)
                .context(format!(
                    "the record of release `{release}`, revision {revision} (`{key}`) is damaged"
                ))
                .hint(format!(
                    "delete `{key}` from namespace `{namespace}`, or roll back to another revision"
                ))
        })
    }

    /// Marks a revision as failed, so that Helm goes on from it.
    ///
    /// # Errors
    /// When it can't be written, or somebody else changed it in the meantime.
    pub async fn fail(&self, entry: &Entry, description: &str) -> Result<()> {
        let (namespace, key) = (entry.namespace.as_str(), entry.key());
        match &self.driver {
            Driver::Secret => objects::fail::<Secret>(&self.client, namespace, &key, description).await,
            Driver::ConfigMap => objects::fail::<ConfigMap>(&self.client, namespace, &key, description).await,
            Driver::Sql(connection) => sql::fail(connection, namespace, &key, description).await,
        }
    }

    async fn objects(&self, namespace: Option<&str>, selector: &str) -> Result<Vec<Entry>> {
        match &self.driver {
            Driver::ConfigMap => objects::list::<ConfigMap>(&self.client, namespace, selector).await,
            _ => objects::list::<Secret>(&self.client, namespace, selector).await,
        }
    }
}

/// Reads a selector of equalities only: `team=shop,tier==web`.
fn equalities(selector: &str) -> Result<Vec<(String, String)>> {
    let parts = selector.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let pair = part.split_once("==").or_else(|| part.split_once('='));
            let pair = pair.filter(|(name, _)| !name.ends_with('!') && !name.contains(' '));
            let (name, value) = pair.ok_or_else(|| {
                Error::new(format!("the SQL driver can't select by `{part}`"))
                    .hint("use equalities only, as in `team=shop,tier=web`")
            })?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}
