//! The service account of the pod that we run in.

use std::path::Path;

use kit::{Context, Error, Result, Secret};

use super::access::{Access, Identity};

const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Reads what Kubernetes gives every pod.
///
/// # Errors
/// When this is no pod, or one without a service account's token.
pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Access> {
    let host = variable("KUBERNETES_SERVICE_HOST").ok_or_else(|| {
        Error::new("`source.in_cluster` is set, but this is no pod of a cluster")
            .hint("workers hand no service account down to their containers: use `token` or a kubeconfig")
    })?;
    let port = variable("KUBERNETES_SERVICE_PORT").unwrap_or_else(|| "443".into());
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let file = |name: &str| {
        let path = Path::new(ACCOUNT).join(name);
        std::fs::read_to_string(&path).context(|| format!("cannot read `{}`", path.display()))
    };
    Ok(Access {
        server: format!("https://{host}:{port}"),
        ca_pem: Some(file("ca.crt")?),
        identity: Identity::Token(Secret::new(file("token")?.trim())),
        namespace: file("namespace").ok().map(|text| text.trim().to_owned()),
        ..Access::default()
    })
}
