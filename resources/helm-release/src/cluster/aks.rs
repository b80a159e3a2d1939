//! AKS: a service principal's secret, or a federated token, becomes a token for Azure and one for the cluster.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::http::{Client, Settings, Url};
use kit::{Context, Error, Result, Secret};
use serde::Deserialize;

use super::access::{Access, Identity};
use super::kubeconfig;
use crate::source::Azure;

const LARGEST_ANSWER: u64 = 1024 * 1024;
/// Every AKS cluster with Entra ID is this application.
const CLUSTER_APPLICATION: &str = "6dae42f8-4368-4678-94ff-e28960e40d75";
const API_VERSION: &str = "2024-05-01";

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Secret,
}

#[derive(Deserialize)]
struct Credentials {
    kubeconfigs: Vec<NamedKubeconfig>,
}

#[derive(Deserialize)]
struct NamedKubeconfig {
    value: Secret,
}

/// Finds the way to an AKS cluster. With Entra ID its kubeconfig names a program for signing in, in whose place
/// the same account's token stands; without, it holds a client certificate.
pub(super) async fn access(source: &Azure) -> Result<Access> {
    let client = Client::new(Settings::default())?;
    let management = format!("{}/.default", source.management_endpoint.trim_end_matches('/'));
    let kubeconfig = kubeconfig_of(&client, source, &token(&client, source, &management).await?).await?;
    if !kubeconfig::runs_a_program(kubeconfig.expose()) {
        return kubeconfig::read(kubeconfig.expose(), None);
    }
    let token = token(&client, source, &format!("{CLUSTER_APPLICATION}/.default")).await?;
    kubeconfig::read_as(kubeconfig.expose(), None, Identity::Token(token))
}

async fn token(client: &Client, source: &Azure, scope: &str) -> Result<Secret> {
    let url =
        format!("{}/{}/oauth2/v2.0/token", source.login_endpoint.trim_end_matches('/'), source.tenant_id);
    let url = Url::parse(&url).context(|| "`source.azure.login_endpoint` is no URL".into())?;
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", source.client_id.as_str()),
        ("scope", scope),
    ];
    match (&source.client_secret, &source.federated_token) {
        (Some(secret), _) => form.push(("client_secret", secret.expose())),
        (None, Some(token)) => {
            form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
            form.push(("client_assertion", token.expose()));
        }
        (None, None) => {
            return Err(Error::new("`source.azure` has neither `client_secret` nor `federated_token`"));
        }
    }
    let doing = || format!("cannot sign in to Azure as `{}`", source.client_id);
    let answer = client.post(url).form(&form).repeatable(true).send().await.context(doing)?;
    let answer: TokenAnswer =
        answer.success().await.context(doing)?.json(LARGEST_ANSWER).await.context(doing)?;
    Ok(answer.access_token)
}

async fn kubeconfig_of(client: &Client, source: &Azure, token: &Secret) -> Result<Secret> {
    let url = format!(
        "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerService/managedClusters/{}/listClusterUserCredential?api-version={API_VERSION}",
        source.management_endpoint.trim_end_matches('/'),
        source.subscription_id,
        source.resource_group,
        source.cluster_name
    );
    let url = Url::parse(&url).context(|| "`source.azure.management_endpoint` is no URL".into())?;
    let doing = || {
        format!(
            "cannot find the AKS cluster `{}` in resource group `{}`",
            source.cluster_name, source.resource_group
        )
    };
    let answer = client.post(url).bearer(token).body("").repeatable(true).send().await.context(doing)?;
    let answer = answer.success().await.context(doing);
    let answer =
        answer.hint(|| "the account needs the role \"Azure Kubernetes Service Cluster User\"".into())?;
    let answer: Credentials = answer.json(LARGEST_ANSWER).await.context(doing)?;
    let encoded = answer.kubeconfigs.first().map(|named| named.value.expose().to_owned());
    let text = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Secret::new).ok_or_else(|| Error::new("the answer has no kubeconfig").context(doing()))
}
