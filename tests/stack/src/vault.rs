//! The real Vault, in memory and unsealed.

use std::process::Command;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::address::address;
use crate::authority::Authority;
use crate::binary::binary;
use crate::folder::Folder;
use crate::port::Port;
use crate::process::Process;
use crate::web::{ask, client};

/// Unlike the usual `root`, no part of any word that a test might look for in a log.
const DEV_ROOT_TOKEN: &str = "rootTokenOfATest";

/// A running Vault with a KV 2 engine at `secret/`.
#[derive(Debug)]
pub struct Vault {
    process: Process,
    authority: Option<Authority>,
    http: reqwest::Client,
    root_token: String,
    unseal_key: String,
    /// The second is the one that Vault's nodes would talk on.
    ports: [Port; 2],
    _folder: Folder,
}

impl Vault {
    /// Starts Vault's development mode, which speaks plain HTTP.
    pub fn dev() -> Self {
        let mut vault = Self::start(None, |port, _| {
            let mut command = Command::new(binary("vault"));
            command.args(["server", "-dev", "-dev-no-store-token"]);
            command.arg(format!("-dev-root-token-id={DEV_ROOT_TOKEN}"));
            command.arg(format!("-dev-listen-address={}:{}", address(), port.number()));
            command
        });
        vault.root_token = DEV_ROOT_TOKEN.into();
        vault.unseal_key = vault.process.wait_for_line("it printed its unseal key", "Unseal Key: ");
        vault.wait_for_secrets();
        vault
    }

    /// Starts a Vault that speaks TLS, initialised and unsealed, which takes client certificates of
    /// [`Vault::authority`].
    pub fn tls() -> Self {
        let authority = Authority::new();
        let identity = authority.server();
        let mut vault = Self::start(Some(authority), |port, folder| {
            let certificate = folder.write("server.pem", identity.certificate_pem);
            let key = folder.write("server.key", identity.key_pem);
            let listener = json!({
                "address": format!("{}:{}", address(), port.number()),
                "tls_cert_file": certificate, "tls_key_file": key,
            });
            let config =
                json!({"storage": {"inmem": {}}, "listener": {"tcp": listener}, "disable_mlock": true});
            let mut command = Command::new(binary("vault"));
            command.arg("server").arg("-config").arg(folder.write("vault.json", config.to_string()));
            command
        });
        let shares = json!({"secret_shares": 1, "secret_threshold": 1});
        let keys = vault.call(Method::PUT, "sys/init", Some(&shares));
        vault.root_token = text(&keys["root_token"]);
        vault.unseal_key = text(&keys["keys"][0]);
        vault.unseal();
        let engine = json!({"type": "kv", "options": {"version": "2"}});
        vault.call(Method::POST, "sys/mounts/secret", Some(&engine));
        vault.wait_for_secrets();
        vault
    }

    /// Returns the URL without a path.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}", address(), self.ports[0].number())
    }

    /// Returns the certificate of the authority that issued Vault's own, if it speaks TLS.
    pub fn ca_pem(&self) -> Option<String> {
        self.authority.as_ref().map(Authority::ca_pem)
    }

    /// Returns that authority, which can issue client certificates.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// Returns the token that may do everything.
    pub fn root_token(&self) -> &str {
        &self.root_token
    }

    /// Sends a request below `/v1/` as root and returns the answer; `LIST` is a method too.
    ///
    /// # Panics
    ///
    /// When Vault refuses it.
    pub fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.try_call(&self.root_token, method.clone(), path, body);
        assert!(status < 400, "vault refused {method} {path}: {status} {answer}");
        answer
    }

    /// Sends a request below `/v1/` with any token and returns the answer's status and JSON.
    pub fn try_call(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request =
            self.http.request(method, format!("{}/v1/{path}", self.url())).header("x-vault-token", token);
        ask(request, body).unwrap_or_else(|error| panic!("vault does not answer {path}: {error:?}"))
    }

    /// Seals Vault: it answers 503 to everything until it is unsealed.
    pub fn seal(&self) {
        self.call(Method::PUT, "sys/seal", None);
    }

    /// Unseals Vault and returns when it serves again.
    pub fn unseal(&mut self) {
        self.call(Method::PUT, "sys/unseal", Some(&json!({"key": self.unseal_key})));
        self.wait_for("it was active", "sys/health");
    }

    /// Returns the id of the server's process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Returns all that Vault has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }

    fn start(authority: Option<Authority>, command: impl FnOnce(&Port, &Folder) -> Command) -> Self {
        let folder = Folder::new("vault");
        let ports = Port::reserve_two();
        let mut command = command(&ports[0], &folder);
        command.current_dir(folder.path()).env("HOME", folder.path()).env_remove("VAULT_ADDR");
        let mut process = Process::start("vault", command, folder.path());
        process.wait_until_listening(ports[0].number());
        let http = client(authority.as_ref().map(Authority::ca_pem).as_deref());
        let (root_token, unseal_key) = (String::new(), String::new());
        Self { process, authority, http, root_token, unseal_key, ports, _folder: folder }
    }

    /// A KV 2 engine is upgraded after it is mounted, and refuses everything meanwhile.
    fn wait_for_secrets(&mut self) {
        self.wait_for("its KV 2 engine was ready", "secret/config");
    }

    /// Waits until a path answers 200.
    fn wait_for(&mut self, what: &str, path: &str) {
        let request = self.http.get(format!("{}/v1/{path}", self.url())).timeout(Duration::from_secs(5));
        let request = request.header("x-vault-token", &self.root_token);
        self.process.wait_until(what, || {
            let request = request.try_clone().expect("a request without a body");
            matches!(ask(request, None), Ok((200, _)))
        });
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("text in Vault's answer").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::client_as;

    #[test]
    fn both_kinds_keep_secrets_and_can_be_sealed() {
        for mut vault in [Vault::dev(), Vault::tls()] {
            vault.call(Method::POST, "secret/data/app", Some(&json!({"data": {"key": "value"}})));
            let read =
                |vault: &Vault| vault.try_call(vault.root_token(), Method::GET, "secret/data/app", None);
            assert_eq!(read(&vault).1["data"]["data"]["key"], "value");
            assert_eq!(vault.try_call("wrong", Method::GET, "secret/data/app", None).0, 403);
            vault.seal();
            assert_eq!(read(&vault).0, 503);
            vault.unseal();
            assert_eq!(read(&vault).0, 200);

            let (url, id) = (vault.url(), vault.process_id());
            drop(vault);
            assert!(!std::path::Path::new("/proc").join(id.to_string()).exists());
            assert!(ask(client(None).get(url), None).is_err(), "nothing listens");
        }
    }

    #[test]
    fn client_certificate_of_the_authority_is_taken() {
        let vault = Vault::tls();
        vault.call(Method::POST, "sys/auth/cert", Some(&json!({"type": "cert"})));
        let role = json!({"certificate": vault.ca_pem(), "allowed_common_names": "ann"});
        vault.call(Method::POST, "auth/cert/certs/ann", Some(&role));
        let authority = vault.authority().expect("TLS comes with an authority");
        for (name, expected) in [("ann", 200), ("bob", 400)] {
            let identity = authority.client(name);
            let http = client_as(vault.ca_pem().as_deref(), Some(&identity));
            let (status, answer) =
                ask(http.post(format!("{}/v1/auth/cert/login", vault.url())), None).expect("an answer");
            assert_eq!(status, expected, "{name}: {answer}");
        }
    }
}
