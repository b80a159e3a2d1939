//! The keys of `source:`, and what can be said of them without a cluster.

use std::collections::BTreeMap;

use kit::{Flag, Result, RetryFor, Secret, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Aws, Azure, Bastion, DigitalOcean, Oidc, Registry, Repository};
use crate::drift::DriftIgnore;
use crate::release::Driver;

/// The `source:` block: which cluster, which releases, and where charts come from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-ignored" = {
    "plugins": "plugins install themselves by scripts, and there is no shell here; diff, secrets and post-rendering are built in",
    "helm_setup_purge_all": "it never had one in the resource it comes from",
    "token_path": "it is a key of a put's params",
}))]
#[schemars(extend("x-refused" = {
    "tillerless": "Helm 2 is over: there is no Tiller", "tiller_namespace": "Helm 2 is over: there is no Tiller",
    "tiller_service_account": "Helm 2 is over: there is no Tiller", "tiller_image": "Helm 2 is over: there is no Tiller",
    "tiller_cert": "Helm 2 is over: there is no Tiller", "tiller_key": "Helm 2 is over: there is no Tiller",
    "tls_enabled": "Helm 2 is over: there is no Tiller", "helm_ca": "Helm 2 is over: there is no Tiller",
    "helm_cert": "Helm 2 is over: there is no Tiller", "helm_key": "Helm 2 is over: there is no Tiller",
    "helm_host": "Helm 2 is over: there is no Tiller", "helm_init_server": "Helm 2 is over: there is no Tiller",
    "helm_init_wait": "Helm 2 is over: there is no Tiller", "helm_init_opts": "Helm 2 is over: there is no Tiller",
    "kubeconfig_tiller_namespace": "Helm 2 is over: there is no Tiller",
}))]
pub struct Source {
    /// The API server's URL. Not needed with a kubeconfig or one of the cloud blocks. Without any of them `check`
    /// finds nothing and `put` needs a kubeconfig of its own.
    pub cluster_url: Option<String>,
    /// The API server's CA certificate: PEM, or PEM in base64.
    pub cluster_ca: Option<String>,
    /// The API server's CA certificate in base64. Wins over `cluster_ca`.
    pub cluster_ca_base64: Option<String>,
    /// Accept any certificate of the API server.
    #[schemars(extend("x-aliases" = ["insecure_skip_tls_verify"]))]
    pub insecure_cluster: Flag,
    /// Name to verify the API server's certificate against, where it differs from the URL's.
    pub tls_server_name: Option<String>,
    /// Bearer token.
    pub token: Option<Secret>,
    /// Client certificate: PEM, or PEM in base64.
    pub admin_cert: Option<String>,
    /// The client certificate's key: PEM, or PEM in base64.
    pub admin_key: Option<Secret>,
    /// A kubeconfig. `exec` entries in it are not run: use `aws`, `gcloud_cluster_auth`, `azure` or `oidc` instead.
    pub kubeconfig: Option<Secret>,
    /// The same in base64.
    pub kubeconfig_base64: Option<Secret>,
    /// The kubeconfig's context, where it is not the current one.
    pub context: Option<String>,
    /// Use the service account of the pod that the worker runs in.
    pub in_cluster: Flag,
    /// User to impersonate.
    pub impersonate_user: Option<String>,
    /// Groups to impersonate.
    pub impersonate_groups: Vec<String>,
    /// HTTP proxy to the API server. The worker's `https_proxy` and `no_proxy` are honoured without it.
    pub proxy_url: Option<String>,
    /// How long a request may be repeated while the server can't be reached, restarts, or asks to wait.
    pub retry_for: RetryFor,
    /// SSH host to reach the API server through.
    pub bastion: Option<Bastion>,
    /// Sign in by OpenID Connect: a refresh token, or a client of its own.
    pub oidc: Option<Oidc>,
    /// An EKS cluster.
    pub aws: Option<Aws>,
    /// An AKS cluster.
    pub azure: Option<Azure>,
    /// A DigitalOcean cluster.
    pub digitalocean: Option<DigitalOcean>,
    /// Sign in to a GKE cluster. Needs the three `gcloud_` names below.
    pub gcloud_cluster_auth: Flag,
    /// Service account key: its JSON.
    pub gcloud_service_account_key_file: Option<Secret>,
    /// Use the identity that the worker's node or pod has.
    pub gcloud_workload_identity_enabled: Flag,
    /// The cluster's project.
    pub gcloud_project_name: Option<String>,
    /// The cluster's name.
    pub gcloud_k8s_cluster_name: Option<String>,
    /// The cluster's zone or region.
    pub gcloud_k8s_zone: Option<String>,
    /// Where Google's APIs are, for private endpoints.
    pub gcloud_endpoint: Option<String>,
    /// The release. In a put, `$BUILD_…` in it is replaced; without one, a put's chart gets a generated name and
    /// `check` watches all releases of the namespace.
    pub release: Option<Text>,
    /// The namespace; `default` where nothing says otherwise.
    pub namespace: Option<Text>,
    /// Several namespaces to watch, or `["*"]` for all. Versions then carry their namespace.
    pub namespaces: Vec<String>,
    /// Labels of the releases to watch, as in `team=shop,tier!=test`.
    pub selector: Option<String>,
    /// Take the namespace from the kubeconfig's context.
    #[schemars(extend("x-aliases" = ["kubeconfig_namespace"]))]
    pub namespace_from_kubeconfig: Flag,
    /// Which states make a version.
    pub only: Only,
    /// What `check` does where nothing is found.
    pub missing: Missing,
    /// Whether `check` compares the live objects with the release and says so in the version.
    pub watch_drift: Flag,
    /// What drift detection leaves out.
    pub drift_ignore: Vec<DriftIgnore>,
    /// Paths of values that are masked wherever they are written, as in `database.password`.
    pub mask: Vec<String>,
    /// Which Helm does the work of a put.
    #[schemars(extend("x-aliases" = ["helm"]))]
    pub helm_version: HelmVersion,
    /// How many revisions Helm keeps; 0 for all.
    #[serde(default = "ten")]
    pub helm_history_max: u32,
    /// Chart repositories.
    pub repos: Vec<Repository>,
    /// OCI registries with charts. An entry may be a quay-image source as it is.
    pub registries: Vec<Registry>,
    /// Credentials of OCI registries as Docker keeps them: the content of a config.json.
    pub docker_config: Option<Secret>,
    /// URL of the repository that charts named `stable/…` come from.
    pub stable_repo: Option<Text>,
    /// More lines in the log, like `debug`. Secrets stay hidden.
    pub tracing_enabled: Flag,
    /// Variables of Helm's environment: `HELM_DRIVER`, proxies, and what a chart's hooks read.
    pub env_vars: BTreeMap<String, Secret>,
    /// Where Helm keeps its records: `secret`, `configmap` or `sql`. Like `HELM_DRIVER` in `env_vars`.
    pub driver: Option<String>,
    /// The database of the driver `sql`. Like `HELM_DRIVER_SQL_CONNECTION_STRING` in `env_vars`.
    pub driver_sql_connection_string: Option<Secret>,
}

fn ten() -> u32 {
    10
}

/// Which states make a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Only {
    /// Every state.
    #[default]
    All,
    /// Only what was deployed.
    Deployed,
}

/// What `check` does where nothing is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// No version, no error.
    #[default]
    None,
    /// The check fails.
    Error,
}

/// Which Helm does the work of a put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "Text")]
#[schemars(with = "HelmVersionText")]
pub enum HelmVersion {
    /// Helm 3.
    Three,
    /// Helm 4.
    #[default]
    Four,
}

/// How the version is written.
#[derive(JsonSchema)]
#[schemars(extend("enum" = [4, 3, "4", "3"]), inline)]
#[expect(dead_code, reason = "it only names the schema")]
struct HelmVersionText(Text);

impl From<Text> for HelmVersion {
    fn from(text: Text) -> Self {
        // The schema lets nothing else through.
        if text.as_str() == "3" { Self::Three } else { Self::Four }
    }
}

impl Source {
    /// Returns where Helm keeps its records.
    ///
    /// # Errors
    /// For a driver that can't be used.
    pub fn driver(&self) -> Result<Driver> {
        let variable = |name: &str| self.env_vars.get(name);
        let name = self.driver.as_deref().or_else(|| variable("HELM_DRIVER").map(Secret::expose));
        let connection = self
            .driver_sql_connection_string
            .as_ref()
            .or_else(|| variable("HELM_DRIVER_SQL_CONNECTION_STRING"));
        Driver::parse(name.unwrap_or_default(), connection)
    }

    /// Returns the release, if one is named.
    pub fn release(&self) -> Option<&str> {
        self.release.as_ref().map(Text::as_str).filter(|name| !name.is_empty())
    }

    /// Returns the namespace that the source names.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_ref().map(Text::as_str).filter(|name| !name.is_empty())
    }

    /// Tells whether versions carry their namespace.
    pub fn watches_namespaces(&self) -> bool {
        !self.namespaces.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use kit::input::{Path, Reading, decode};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_pipelines_of_other_helm_resources_write_is_read() {
        let mut reading = Reading::default();
        let source: Source = decode(
            &Path::root("source"),
            json!({
                "cluster_url": "https://k8s", "insecure_skip_tls_verify": "true", "helm": 3, "helm_history_max": 5,
                "stable_repo": false, "tracing_enabled": "false", "plugins": [{"url": "x"}],
                "repos": [{"name": "a", "url": "https://charts", "username": "u", "password": 1}],
                "env_vars": {"HELM_DRIVER": "configmap"}, "release": "web", "token": null,
            }),
            &mut reading,
        )
        .unwrap();
        assert!(source.insecure_cluster.get());
        assert_eq!((source.helm_version, source.helm_history_max), (HelmVersion::Three, 5));
        assert_eq!(source.driver().unwrap().name(), "configmap");
        assert_eq!(reading.warnings.len(), 1, "plugins have no effect, and are said to have none");
    }

    #[test]
    fn helm_2_is_refused_by_name() {
        let mut reading = Reading::default();
        assert!(
            decode::<Source>(&Path::root("source"), json!({"tiller_namespace": "kube-system"}), &mut reading)
                .is_none()
        );
        assert!(reading.mistakes[0].to_string().contains("Helm 2 is over"), "{:?}", reading.mistakes);
    }
}
