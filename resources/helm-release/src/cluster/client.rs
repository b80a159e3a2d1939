//! kube's client on an [`Access`].

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use kit::{Context, Error, Result};
use kube::client::{ClientBuilder, DynBody};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tower::BoxError;
use tower::util::{MapErrLayer, MapResponseLayer};

use super::Access;
use super::error::Unreachable;

/// How long the API server may stay silent within an answer. Long requests of ours are polls, not watches.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Makes a client. Nothing is sent yet.
///
/// # Errors
/// When the URL, a certificate or a key can't be used.
pub async fn client(access: &Access) -> Result<Client> {
    of_kubeconfig(access.kubeconfig(), &access.shown_server()).await
}

/// Makes a client on a kubeconfig, which may name a file with a token that is read again and again. Messages call the
/// cluster `server`.
///
/// # Errors
/// When the URL, a certificate or a key can't be used.
pub async fn of_kubeconfig(kubeconfig: Value, server: &str) -> Result<Client> {
    let kubeconfig: Kubeconfig = serde_json::from_value(kubeconfig)
        .map_err(|_| Error::new("the cluster's address or credentials can't be used"))?;
    let doing = || format!("cannot use the cluster at `{server}`");
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let mut config =
        config.context(doing).hint(|| "check `cluster_url`, the CA and the client certificate".into())?;
    config.read_timeout = Some(READ_TIMEOUT);
    config.reset_reader_on_write = true;
    // Retries follow the kit's policy: see `release::retrying`.
    config.default_retry = false;
    if is_loopback(&config.cluster_url) {
        config.proxy_url = None;
    }
    let builder = ClientBuilder::try_from(config).context(doing)?;
    let server = server.to_owned();
    let name_server =
        move |cause: BoxError| -> BoxError { Unreachable { server: server.clone(), cause }.into() };
    let builder = builder.with_layer(&MapResponseLayer::new(keep_retry_after));
    Ok(builder.with_layer(&MapErrLayer::new(name_server)).build())
}

/// No proxy is asked for what is on this machine: a bastion's tunnel, above all.
fn is_loopback(url: &http::Uri) -> bool {
    url.host().is_some_and(|host| {
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// Writes the header `Retry-After` into the body of a refusal, where [`retrying`](crate::release::retrying) finds it:
/// kube's errors hold no headers, and what the API server says when it is busy is no JSON.
fn keep_retry_after(response: Response<Box<DynBody>>) -> Response<Box<DynBody>> {
    let (head, body) = response.into_parts();
    let seconds =
        head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse::<u32>().ok());
    let body = match (head.status, seconds) {
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, Some(seconds)) => {
            let reason = head.status.canonical_reason().unwrap_or_default();
            let status = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": format!("the API server is busy: {reason}"), "reason": reason.replace(' ', ""),
                "details": {"retryAfterSeconds": seconds}, "code": head.status.as_u16(),
            });
            Box::new(Full::from(status.to_string()).map_err(|never| -> BoxError { match never {} }))
                as Box<DynBody>
        }
        _ => body,
    };
    Response::from_parts(head, body)
}
