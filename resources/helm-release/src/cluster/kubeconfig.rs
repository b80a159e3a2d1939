//! Kubeconfig files: one context of one of them becomes an [`Access`].

use kit::{Error, Result, Secret};
use serde::Deserialize;
use serde_json::Value;

use super::access::{Access, Identity};
use super::pem;
use crate::yaml;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Kubeconfig {
    current_context: String,
    contexts: Vec<NamedContext>,
    clusters: Vec<NamedCluster>,
    users: Vec<NamedUser>,
}

#[derive(Deserialize)]
struct NamedContext {
    name: String,
    #[serde(default)]
    context: Context,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Context {
    cluster: String,
    user: String,
    namespace: Option<String>,
}

#[derive(Deserialize)]
struct NamedCluster {
    name: String,
    #[serde(default)]
    cluster: Cluster,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Cluster {
    server: String,
    certificate_authority: Option<String>,
    certificate_authority_data: Option<String>,
    insecure_skip_tls_verify: bool,
    tls_server_name: Option<String>,
    proxy_url: Option<String>,
}

#[derive(Deserialize)]
struct NamedUser {
    name: String,
    #[serde(default)]
    user: User,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct User {
    token: Option<Secret>,
    #[serde(rename = "tokenFile")]
    token_file: Option<String>,
    client_certificate: Option<String>,
    client_certificate_data: Option<String>,
    client_key: Option<String>,
    client_key_data: Option<Secret>,
    username: Option<String>,
    password: Option<Secret>,
    #[serde(rename = "as")]
    impersonate: Option<String>,
    as_groups: Vec<String>,
    exec: Option<Value>,
    auth_provider: Option<Value>,
}

/// Reads the access that a context of a kubeconfig gives; the current one where none is named.
///
/// # Errors
/// When it is not a kubeconfig, the context is incomplete, or it needs a program that we do not run.
pub(super) fn read(text: &str, context: Option<&str>) -> Result<Access> {
    read_identity(text, context, identity)
}

/// Reads the same, but for who we are: that is said by `whoever`.
///
/// # Errors
/// When it is not a kubeconfig or the context is incomplete.
pub(super) fn read_as(text: &str, context: Option<&str>, whoever: Identity) -> Result<Access> {
    read_identity(text, context, |_| Ok(whoever))
}

/// Tells whether the kubeconfig leaves signing in to a program.
pub(super) fn runs_a_program(text: &str) -> bool {
    let parsed = yaml::parse(text).ok().and_then(|value| serde_json::from_value::<Kubeconfig>(value).ok());
    let users = parsed.map(|config| config.users).unwrap_or_default();
    users.iter().any(|named| named.user.exec.is_some() || named.user.auth_provider.is_some())
}

fn read_identity(
    text: &str,
    context: Option<&str>,
    identity: impl FnOnce(&User) -> Result<Identity>,
) -> Result<Access> {
    let parsed = yaml::parse(text).map_err(|problem| problem.context("the kubeconfig can't be read"))?;
    let config: Kubeconfig = serde_json::from_value(parsed).map_err(|_| {
        Error::new("the kubeconfig has another shape than Kubernetes gives it")
            .hint("does `kubectl config view` read it?")
    })?;
    let names: Vec<&str> = config.contexts.iter().map(|context| context.name.as_str()).collect();
    let wanted = context.unwrap_or(&config.current_context);
    let known = names.join(", ");
    let context = &find(&config.contexts, wanted, |context| &context.name)
        .ok_or_else(|| missing("context", wanted).hint(format!("its contexts are: {known}")))?
        .context;
    let cluster = find(&config.clusters, &context.cluster, |cluster| &cluster.name)
        .ok_or_else(|| missing("cluster", &context.cluster))?;
    let user = find(&config.users, &context.user, |user| &user.name);
    let nobody = User::default();
    let user = user.map_or(&nobody, |named| &named.user);
    let cluster = &cluster.cluster;
    refuse_files(cluster, user)?;
    Ok(Access {
        server: cluster.server.clone(),
        ca_pem: cluster
            .certificate_authority_data
            .as_deref()
            .map(|data| pem::read("kubeconfig", data))
            .transpose()?,
        insecure: cluster.insecure_skip_tls_verify,
        tls_server_name: cluster.tls_server_name.clone(),
        identity: identity(user)?,
        impersonate_user: user.impersonate.clone(),
        impersonate_groups: user.as_groups.clone(),
        proxy_url: cluster.proxy_url.clone(),
        namespace: context.namespace.clone(),
        shown: None,
    })
}

fn find<'a, T>(all: &'a [T], name: &str, name_of: impl Fn(&T) -> &String) -> Option<&'a T> {
    all.iter().find(|each| name_of(each) == name)
}

fn missing(what: &str, name: &str) -> Error {
    Error::new(format!("the kubeconfig has no {what} `{name}`"))
}

/// Files of another machine are not here.
fn refuse_files(cluster: &Cluster, user: &User) -> Result<()> {
    let files = [
        ("certificate-authority", &cluster.certificate_authority),
        ("client-certificate", &user.client_certificate),
        ("client-key", &user.client_key),
        ("tokenFile", &user.token_file),
    ];
    let Some((key, _)) =
        files.into_iter().find(|(_, file)| file.as_ref().is_some_and(|file| !file.is_empty()))
    else {
        return Ok(());
    };
    Err(Error::new(format!("the kubeconfig names a file by `{key}`, which is not here"))
        .hint("`kubectl config view --flatten --minify` writes the files' content into it"))
}

fn identity(user: &User) -> Result<Identity> {
    if let (Some(certificate), Some(key)) = (&user.client_certificate_data, &user.client_key_data) {
        return Ok(Identity::Certificate {
            certificate: pem::read("kubeconfig", certificate)?,
            key: Secret::new(pem::read("kubeconfig", key.expose())?),
        });
    }
    if let Some(token) = user.token.as_ref().filter(|token| !token.is_empty()) {
        return Ok(Identity::Token(token.clone()));
    }
    if let (Some(name), Some(password)) = (&user.username, &user.password) {
        return Ok(Identity::Password { user: name.clone(), password: password.clone() });
    }
    if let Some(program) = user.exec.as_ref().or(user.auth_provider.as_ref()) {
        return Err(refused_program(program));
    }
    Ok(Identity::Anonymous)
}

/// Names the source's block that does natively what the program would do.
fn refused_program(program: &Value) -> Error {
    let name = ["command", "name"].iter().find_map(|key| program.get(key)?.as_str()).unwrap_or("a program");
    let instead = match name.rsplit('/').next().unwrap_or(name) {
        "aws" | "aws-iam-authenticator" => "`source.aws`",
        "gke-gcloud-auth-plugin" | "gcloud" | "gcp" => "`source.gcloud_cluster_auth`",
        "kubelogin" | "azure" | "az" => "`source.azure`",
        "doctl" => "`source.digitalocean`",
        "kubectl-oidc_login" | "oidc" => "`source.oidc`",
        _ => "`source.token`, or a kubeconfig with a token or client certificate",
    };
    Error::new(format!("the kubeconfig signs in by running `{name}`, and no program is run here"))
        .hint(format!("use {instead}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(user: Value) -> String {
        json!({
            "current-context": "a",
            "contexts": [
                {"name": "a", "context": {"cluster": "c", "user": "u", "namespace": "shop"}},
                {"name": "b", "context": {"cluster": "none", "user": "u"}},
            ],
            "clusters": [{"name": "c", "cluster": {"server": "https://k8s"}}],
            "users": [{"name": "u", "user": user}],
        })
        .to_string()
    }

    #[test]
    fn a_context_becomes_an_access() {
        let access = read(&config(json!({"token": "kubeconfig-token"})), None).unwrap();
        assert_eq!((access.server.as_str(), access.namespace.as_deref()), ("https://k8s", Some("shop")));
        assert!(matches!(access.identity, Identity::Token(_)));
    }

    #[test]
    fn what_can_not_be_used_is_said_with_the_way_to_go() {
        let cases = [
            (
                config(json!({})),
                Some("x"),
                "the kubeconfig has no context `x`",
                Some("its contexts are: a, b"),
            ),
            (config(json!({})), Some("b"), "the kubeconfig has no cluster `none`", None),
            (
                config(json!({"exec": {"command": "/usr/bin/aws"}})),
                None,
                "the kubeconfig signs in by running `/usr/bin/aws`, and no program is run here",
                Some("use `source.aws`"),
            ),
            (
                config(json!({"tokenFile": "/x"})),
                None,
                "the kubeconfig names a file by `tokenFile`, which is not here",
                Some("`kubectl config view --flatten --minify` writes the files' content into it"),
            ),
        ];
        for (text, context, message, hint) in cases {
            let error = read(&text, context).unwrap_err();
            assert_eq!((error.message(), error.advice()), (message, hint));
        }
    }
}
