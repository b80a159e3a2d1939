//! Which of the many ways to a cluster a source means.

use kit::{Error, Result, Secret, report};

use super::access::{Access, Identity};
use super::{aks, aws, digitalocean, gke, in_cluster, kubeconfig, oidc, pem};
use crate::source::Source;

/// What a put's params say of the cluster. A check and a get have none of it.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// A kubeconfig's text.
    pub kubeconfig: Option<Secret>,
    /// A bearer token.
    pub token: Option<Secret>,
}

/// Finds the way to the cluster; `None` where neither source nor params name one.
///
/// The order is that of the resource that pipelines come from: DigitalOcean, Google, AWS (and Azure, which it has
/// not), the params' kubeconfig, the source's, `cluster_url`.
///
/// # Errors
/// When the way that is meant can't be gone.
pub async fn access(source: &Source, given: &Given) -> Result<Option<Access>> {
    let Some(mut access) = named(source, given).await? else { return Ok(None) };
    if let Some(user) = &source.impersonate_user {
        access.impersonate_user = Some(user.clone());
    }
    if !source.impersonate_groups.is_empty() {
        access.impersonate_groups.clone_from(&source.impersonate_groups);
    }
    if let Some(proxy) = &source.proxy_url {
        access.proxy_url = Some(proxy.clone());
    }
    if let Some(name) = &source.tls_server_name {
        access.tls_server_name = Some(name.clone());
    }
    let named = !matches!(access.identity, Identity::Anonymous);
    if access.server.starts_with("http://") && named {
        report::warn("the API server's URL is http: the credentials travel in the clear");
    }
    Ok(Some(access))
}

async fn named(source: &Source, given: &Given) -> Result<Option<Access>> {
    let cloud = cloud(source).await?;
    if cloud.is_some() {
        if given.kubeconfig.is_some() || given.token.is_some() {
            report::warn("the params' kubeconfig and token are not used: the source names a cloud's cluster");
        }
        return Ok(cloud);
    }
    let text = match (&given.kubeconfig, &source.kubeconfig, &source.kubeconfig_base64) {
        (Some(text), _, _) | (None, Some(text), _) => Some(text.clone()),
        (None, None, Some(encoded)) => Some(decode(encoded)?),
        (None, None, None) => None,
    };
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let mut access = kubeconfig::read(text.expose(), source.context.as_deref())?;
        if let Some(token) = &given.token {
            access.identity = Identity::Token(token.clone());
        }
        return Ok(Some(access));
    }
    if source.in_cluster.get() {
        return in_cluster::read(|name| std::env::var(name).ok()).map(Some);
    }
    match source.cluster_url.as_deref().filter(|url| !url.is_empty()) {
        Some(url) => by_url(source, given, url).await.map(Some),
        None => Ok(None),
    }
}

async fn cloud(source: &Source) -> Result<Option<Access>> {
    if let Some(cluster) = &source.digitalocean {
        return digitalocean::access(cluster).await.map(Some);
    }
    if source.gcloud_cluster_auth.get() {
        return gke::access(source).await.map(Some);
    }
    if let Some(cluster) = &source.aws {
        return aws::eks_access(cluster).await.map(Some);
    }
    match &source.azure {
        Some(cluster) => aks::access(cluster).await.map(Some),
        None => Ok(None),
    }
}

fn decode(encoded: &Secret) -> Result<Secret> {
    use base64::Engine as _;
    let bare: String = encoded.expose().split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(bare).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Secret::new).ok_or_else(|| Error::new("`source.kubeconfig_base64` is not base64 of a text"))
}

async fn by_url(source: &Source, given: &Given, url: &str) -> Result<Access> {
    let insecure = source.insecure_cluster.get();
    let given_ca = source.cluster_ca_base64.as_deref().map(|ca| ("cluster_ca_base64", ca));
    let given_ca = given_ca.or_else(|| source.cluster_ca.as_deref().map(|ca| ("cluster_ca", ca)));
    let ca_pem = given_ca.filter(|(_, ca)| !ca.is_empty()).map(|(key, ca)| pem::read(key, ca)).transpose()?;
    if url.starts_with("https://") && ca_pem.is_none() && !insecure {
        report::debug("no `cluster_ca`: the API server's certificate is checked against the system's");
    }
    Ok(Access {
        server: url.to_owned(),
        ca_pem,
        insecure,
        identity: identity(source, given).await?,
        ..Access::default()
    })
}

async fn identity(source: &Source, given: &Given) -> Result<Identity> {
    let token = given.token.as_ref().or(source.token.as_ref()).filter(|token| !token.is_empty());
    if let Some(token) = token {
        return Ok(Identity::Token(token.clone()));
    }
    if let Some(settings) = &source.oidc {
        return oidc::token(settings).await.map(Identity::Token);
    }
    let certificate = source.admin_cert.as_deref().filter(|text| !text.is_empty());
    let key = source.admin_key.as_ref().filter(|key| !key.is_empty());
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Identity::Certificate {
            certificate: pem::read("admin_cert", certificate)?,
            key: Secret::new(pem::read("admin_key", key.expose())?),
        }),
        (None, None) if source.admin_cert.is_some() || source.admin_key.is_some() => {
            Err(Error::new("`source.admin_cert` and `source.admin_key` are empty")
                .hint("give both, or a `token`"))
        }
        (None, None) => Ok(Identity::Anonymous),
        _ => Err(Error::new("`source.admin_cert` and `source.admin_key` go together, and one is missing")),
    }
}
