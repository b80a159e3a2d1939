//! One cluster, and who we are there.

use std::path::Path;

use kit::Secret;
use kit::http::{self, Url};
use serde_json::{Map, Value, json};

/// A cluster's address, whom to trust there, and who we are.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The API server's URL.
    pub server: String,
    /// PEM certificates to trust; the system's where there are none.
    pub ca_pem: Option<String>,
    /// Accept any certificate.
    pub insecure: bool,
    /// The name to verify the certificate against, where it differs from the URL's.
    pub tls_server_name: Option<String>,
    /// Who we are.
    pub identity: Identity,
    /// Whom to impersonate.
    pub impersonate_user: Option<String>,
    /// And with which groups.
    pub impersonate_groups: Vec<String>,
    /// A proxy to the server.
    pub proxy_url: Option<String>,
    /// The namespace that a kubeconfig's context names.
    pub namespace: Option<String>,
    /// How messages name the server, where `server` is the near end of a tunnel.
    pub shown: Option<String>,
}

/// Who we are to a cluster.
#[derive(Clone, Debug, Default)]
pub enum Identity {
    /// Nobody.
    #[default]
    Anonymous,
    /// A bearer token.
    Token(Secret),
    /// A client certificate, both PEM.
    Certificate {
        /// The certificate.
        certificate: String,
        /// Its key.
        key: Secret,
    },
    /// User and password, which clusters no longer take but proxies in front of them do.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
}

impl Access {
    /// Returns the server's URL for messages, without user, password and query.
    pub fn shown_server(&self) -> String {
        let shown = || Url::parse(&self.server).map(|url| http::shown(&url));
        self.shown.clone().or_else(|| shown().ok()).unwrap_or_else(|| self.server.clone())
    }

    /// Returns a kubeconfig with this one cluster. It holds secrets.
    pub fn kubeconfig(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "target",
            "contexts": [{"name": "target", "context": {"cluster": "target", "user": "target"}}],
            "clusters": [{"name": "target", "cluster": self.cluster()}],
            "users": [{"name": "target", "user": self.user()}],
        })
    }

    /// The same with the token in a file, which is read again and again.
    pub fn kubeconfig_with_token_file(&self, file: &Path) -> Value {
        let mut kubeconfig = self.kubeconfig();
        if let Some(user) = kubeconfig.pointer_mut("/users/0/user").and_then(Value::as_object_mut) {
            user.remove("token");
            user.insert("tokenFile".into(), file.display().to_string().into());
        }
        kubeconfig
    }

    fn cluster(&self) -> Value {
        let mut cluster = Map::new();
        cluster.insert("server".into(), self.server.clone().into());
        if self.insecure {
            cluster.insert("insecure-skip-tls-verify".into(), true.into());
        } else if let Some(pem) = &self.ca_pem {
            cluster.insert("certificate-authority-data".into(), base64(pem).into());
        }
        if let Some(name) = &self.tls_server_name {
            cluster.insert("tls-server-name".into(), name.clone().into());
        }
        if let Some(proxy) = &self.proxy_url {
            cluster.insert("proxy-url".into(), proxy.clone().into());
        }
        cluster.into()
    }

    fn user(&self) -> Value {
        let mut user = match &self.identity {
            Identity::Anonymous => json!({}),
            Identity::Token(token) => json!({"token": token.expose()}),
            Identity::Certificate { certificate, key } => json!({
                "client-certificate-data": base64(certificate),
                "client-key-data": base64(key.expose()),
            }),
            Identity::Password { user, password } => json!({"username": user, "password": password.expose()}),
        };
        if let Some(name) = &self.impersonate_user {
            user["as"] = name.clone().into();
        }
        if !self.impersonate_groups.is_empty() {
            user["as-groups"] = self.impersonate_groups.clone().into();
        }
        user
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
