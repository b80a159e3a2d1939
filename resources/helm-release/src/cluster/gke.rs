//! GKE: a service account's key becomes an OAuth token, and the container API tells the cluster's address.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::http::header::HeaderName;
use kit::http::{Client, Settings, Url};
use kit::{Context, Error, Result, Secret};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;

use super::access::{Access, Identity};
use super::pem;
use crate::source::Source;

const LARGEST_ANSWER: u64 = 1024 * 1024;
const CONTAINER_API: &str = "https://container.googleapis.com";
const METADATA: &str = "http://metadata.google.internal";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

#[derive(Deserialize)]
struct AccountKey {
    client_email: String,
    private_key: Secret,
    token_uri: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Secret,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cluster {
    endpoint: String,
    master_auth: MasterAuth,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MasterAuth {
    cluster_ca_certificate: String,
}

/// Finds the way to a GKE cluster.
pub(super) async fn access(source: &Source) -> Result<Access> {
    let project = required("gcloud_project_name", source.gcloud_project_name.as_deref())?;
    let name = required("gcloud_k8s_cluster_name", source.gcloud_k8s_cluster_name.as_deref())?;
    let zone = required("gcloud_k8s_zone", source.gcloud_k8s_zone.as_deref())?;
    let client = Client::new(Settings::default())?;
    let token = match &source.gcloud_service_account_key_file {
        Some(key) if !source.gcloud_workload_identity_enabled.get() => by_key(&client, key).await?,
        _ => by_metadata(source.gcloud_endpoint.as_deref().unwrap_or(METADATA)).await?,
    };
    let base = source.gcloud_endpoint.as_deref().unwrap_or(CONTAINER_API);
    let url = Url::parse(&format!("{base}/v1/projects/{project}/locations/{zone}/clusters/{name}"))
        .context(|| "`source.gcloud_endpoint` is no URL".into())?;
    let doing = || format!("cannot find the GKE cluster `{name}` in {zone} of project `{project}`");
    let answer = client.get(url).bearer(&token).send().await.context(doing)?.success().await;
    let answer =
        answer.context(doing).hint(|| "the account needs the role container.clusterViewer".into())?;
    let cluster: Cluster = answer.json(LARGEST_ANSWER).await.context(doing)?;
    Ok(Access {
        server: format!("https://{}", cluster.endpoint),
        ca_pem: Some(pem::read("gcloud", &cluster.master_auth.cluster_ca_certificate)?),
        identity: Identity::Token(token),
        ..Access::default()
    })
}

fn required<'a>(key: &str, value: Option<&'a str>) -> Result<&'a str> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        Error::new(format!("`source.{key}` is missing"))
            .hint("`gcloud_cluster_auth` needs project, cluster and zone")
    })
}

/// The worker's own identity: workload identity, or the node's service account.
async fn by_metadata(base: &str) -> Result<Secret> {
    let client = Client::new(Settings { bypass_proxies: true, ..Settings::default() })?;
    let url = Url::parse(&format!("{base}/computeMetadata/v1/instance/service-accounts/default/token"))?;
    let request = client.get(url).header(HeaderName::from_static("metadata-flavor"), "Google");
    let doing = || "cannot get the worker's own Google identity".to_owned();
    let answer = request.send().await.context(doing)?.success().await.context(doing)?;
    let answer: TokenAnswer = answer.json(LARGEST_ANSWER).await.context(doing)?;
    Ok(answer.access_token)
}

/// See <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>.
async fn by_key(client: &Client, key: &Secret) -> Result<Secret> {
    let text = if key.expose().trim_start().starts_with('{') {
        key.clone()
    } else {
        let path = key.expose().trim();
        Secret::new(std::fs::read_to_string(path).context(|| {
            "`source.gcloud_service_account_key_file` is neither JSON nor a file of this container".into()
        })?)
    };
    let key: AccountKey = serde_json::from_str(text.expose()).map_err(|_| {
        Error::new("`source.gcloud_service_account_key_file` is not a service account's key")
            .hint("it is JSON with `client_email`, `private_key` and `token_uri`")
    })?;
    let assertion = assertion(&key, OffsetDateTime::now_utc().unix_timestamp())?;
    let url = Url::parse(&key.token_uri).context(|| "the service account's `token_uri` is no URL".into())?;
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let form = [("grant_type", grant), ("assertion", assertion.expose())];
    let doing = || format!("cannot sign in to Google as `{}`", key.client_email);
    let answer = client.post(url).form(&form).repeatable(true).send().await.context(doing)?;
    let answer: TokenAnswer =
        answer.success().await.context(doing)?.json(LARGEST_ANSWER).await.context(doing)?;
    Ok(answer.access_token)
}

fn assertion(key: &AccountKey, now: i64) -> Result<Secret> {
    let wrong = || Error::new("the service account's `private_key` is not an RSA key in PEM");
    let der = PrivatePkcs8KeyDer::from_pem_slice(key.private_key.expose().as_bytes()).map_err(|_| wrong())?;
    let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| wrong())?;
    let claims = json!({
        "iss": key.client_email, "scope": SCOPE, "aud": key.token_uri, "iat": now, "exp": now + 3600,
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(&claims));
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| wrong())?;
    Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}
