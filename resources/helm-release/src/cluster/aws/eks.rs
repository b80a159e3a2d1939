//! EKS: the cluster's address by its API, and a token that is a signed question to STS, "who am I?".

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::{Context, Error, Result, Secret};
use serde::Deserialize;
use time::OffsetDateTime;

use super::credentials::{header_name, keys};
use super::signature::{self, Keys, Scope};
use super::{LARGEST_ANSWER, endpoint, http};
use crate::cluster::pem;
use crate::cluster::{Access, Identity};
use crate::source::Aws;

#[derive(Deserialize)]
struct Answer {
    cluster: Cluster,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cluster {
    endpoint: String,
    certificate_authority: Authority,
}

#[derive(Deserialize)]
struct Authority {
    data: String,
}

/// How long STS may be asked with the signed question; the cluster takes the token for 15 minutes.
const TOKEN_SECONDS: u32 = 60;

/// Finds the way to an EKS cluster.
pub(in crate::cluster) async fn access(source: &Aws) -> Result<Access> {
    let own = source.endpoint.as_deref();
    let keys = keys(&source.region, source.user.as_ref(), source.role.as_ref(), own).await?;
    let cluster = describe(source, &keys).await?;
    Ok(Access {
        server: cluster.endpoint,
        ca_pem: Some(pem::read("aws", &cluster.certificate_authority.data)?),
        identity: Identity::Token(token(source, &keys)?),
        ..Access::default()
    })
}

async fn describe(source: &Aws, keys: &Keys) -> Result<Cluster> {
    let mut url = endpoint("eks", &source.region, source.endpoint.as_deref())?;
    url.path_segments_mut()
        .map_err(|()| Error::new("`source.aws.endpoint` can't have a path"))?
        .clear()
        .extend(["clusters", &source.cluster_name]);
    let scope = Scope { region: &source.region, service: "eks", time: OffsetDateTime::now_utc() };
    let mut request = http()?.get(url.clone());
    for (name, value) in signature::headers(keys, &scope, "GET", &url, b"", &[]) {
        request = request.secret_header(header_name(&name)?, &value);
    }
    let doing = || format!("cannot find the EKS cluster `{}` in {}", source.cluster_name, source.region);
    let answer = request.send().await.context(doing)?.success().await;
    let answer = answer.context(doing).hint(|| "the keys need eks:DescribeCluster".into())?;
    let answer: Answer = answer.json(LARGEST_ANSWER).await.context(doing)?;
    Ok(answer.cluster)
}

fn token(source: &Aws, keys: &Keys) -> Result<Secret> {
    let mut url = endpoint("sts", &source.region, source.endpoint.as_deref())?;
    url.set_path("/");
    url.query_pairs_mut().append_pair("Action", "GetCallerIdentity").append_pair("Version", "2011-06-15");
    let scope = Scope { region: &source.region, service: "sts", time: OffsetDateTime::now_utc() };
    let cluster = [("x-k8s-aws-id", source.cluster_name.as_str())];
    let signed = signature::presigned(keys, &scope, url, TOKEN_SECONDS, &cluster);
    Ok(Secret::new(format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(signed.as_str()))))
}
