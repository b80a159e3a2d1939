//! The release's namespace.

use std::collections::BTreeMap;
use std::time::Instant;

use k8s_openapi::api::core::v1::Namespace;
use kit::{Context, Error, Result, report};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::work::Work;
use crate::release::retrying;

/// Makes the namespace with its labels, or adds them to the one that is there.
pub(super) async fn label(work: &Work<'_>) -> Result<()> {
    let labels: BTreeMap<&str, &str> =
        work.params.namespace_labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if labels.is_empty() {
        return Ok(());
    }
    let api: Api<Namespace> = Api::all(work.connection.client.clone());
    let wanted = json!({"apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": work.namespace, "labels": labels}});
    let parameters = PatchParams::apply("helm-release");
    let patch = Patch::Apply(&wanted);
    let applied =
        retrying("labelling the namespace", || api.patch(&work.namespace, &parameters, &patch)).await;
    applied.context(|| format!("cannot label the namespace `{}`", work.namespace)).hint(|| {
        "the account needs `create` and `patch` on namespaces, which a Role can't give: use a ClusterRole"
            .into()
    })?;
    Ok(())
}

/// Deletes the namespace and waits until it is gone.
pub(super) async fn delete(work: &Work<'_>) -> Result<()> {
    let name = work.namespace.as_str();
    if name == "default" || name.starts_with("kube-") {
        return Err(Error::new(format!("the namespace `{name}` is not deleted: the cluster needs it"))
            .hint("leave `delete_namespace` out; the release itself is gone"));
    }
    let api: Api<Namespace> = Api::all(work.connection.client.clone());
    let doing = || format!("cannot delete the namespace `{name}`");
    let started = Instant::now();
    let parameters = DeleteParams::default();
    match retrying("deleting the namespace", || api.delete(name, &parameters)).await {
        Err(problem) if problem.code() == Some(404) => return Ok(()),
        deleted => drop(deleted.context(doing)?),
    }
    report::info(format!("waiting until the namespace `{name}` is gone"));
    while let Some(namespace) =
        retrying("reading the namespace", || api.get_opt(name)).await.context(doing)?
    {
        if started.elapsed() >= work.timeout {
            let conditions = namespace.status.and_then(|status| status.conditions).unwrap_or_default();
            let reasons: Vec<String> = conditions
                .into_iter()
                .filter(|condition| condition.status == "True")
                .filter_map(|condition| condition.message)
                .collect();
            return Err(Error::new(format!(
                "it is still there after {} s: {}",
                work.timeout.as_secs(),
                reasons.join("; ")
            ))
            .context(doing())
            .hint("something in it has a finalizer that nobody serves"));
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    Ok(())
}
