//! The real registry (distribution 3), with deletes enabled.

#[cfg(test)]
mod tests;
mod tokens;

use std::path::PathBuf;
use std::process::Command;

use tokens::TokenServer;
pub(crate) use tokens::basic_credentials;
pub use tokens::{TokenAuth, TokenRequest};

use crate::address::address;
use crate::authority::Authority;
use crate::binary::binary;
use crate::folder::Folder;
use crate::port::Port;
use crate::process::Process;

/// A running registry with storage of its own.
#[derive(Debug)]
pub struct Registry {
    // Dropped first, before what it uses.
    process: Process,
    tokens: Option<TokenServer>,
    authority: Option<Authority>,
    user: Option<(String, String)>,
    port: Port,
    folder: Folder,
}

/// How a registry is to be; see [`Registry::builder`].
#[derive(Debug, Default)]
pub struct Builder {
    tls: bool,
    htpasswd: Option<(String, String)>,
    tokens: Option<TokenAuth>,
    read_only: bool,
}

impl Registry {
    /// Starts a registry that speaks plain HTTP and lets everybody do everything.
    pub fn plain() -> Self {
        Self::builder().start()
    }

    /// Returns the choices for a registry; those not made are as in [`Registry::plain`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns `127.0.0.1:port`, as it stands before a repository's name.
    pub fn host(&self) -> String {
        format!("{}:{}", address(), self.port.number())
    }

    /// Returns `http://127.0.0.1:port` or `https://127.0.0.1:port`.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.host())
    }

    /// Returns the certificate of the authority that issued the registry's own, if it speaks TLS.
    pub fn ca_pem(&self) -> Option<String> {
        self.authority.as_ref().map(Authority::ca_pem)
    }

    /// Returns a user who may do everything, and the password, if the registry knows users.
    pub fn user(&self) -> Option<(&str, &str)> {
        self.user.as_ref().map(|(name, password)| (name.as_str(), password.as_str()))
    }

    /// Returns the URL that tokens are fetched from.
    ///
    /// # Panics
    ///
    /// When the registry has no token auth, as also [`Registry::token_requests`] and [`Registry::forget_token_requests`].
    pub fn token_url(&self) -> String {
        self.token_server().url()
    }

    /// Returns what the token server was asked, oldest first.
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.token_server().requests()
    }

    /// Starts counting the token server's requests anew.
    pub fn forget_token_requests(&self) {
        self.token_server().forget_requests();
    }

    /// Returns the id of the registry's process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Returns all that the registry has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Returns the folder of the registry's storage, for tests that damage it.
    pub fn storage(&self) -> PathBuf {
        self.folder.path().join("storage")
    }

    /// Tells whether the registry asks for tokens.
    pub(crate) fn has_token_auth(&self) -> bool {
        self.tokens.is_some()
    }

    fn token_server(&self) -> &TokenServer {
        self.tokens.as_ref().expect("this registry was started without token auth")
    }
}

impl Builder {
    /// Speaks TLS, with a certificate of a private authority.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Asks for this user and password by basic auth.
    pub fn htpasswd(mut self, user: &str, password: &str) -> Self {
        self.htpasswd = Some((user.into(), password.into()));
        self
    }

    /// Asks for tokens, which a server started beside the registry issues.
    pub fn token_auth(mut self, tokens: TokenAuth) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Refuses every write with 405.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Starts the registry and returns when it answers.
    pub fn start(self) -> Registry {
        let folder = Folder::new("registry");
        let port = Port::reserve();
        let authority = self.tls.then(Authority::new);
        let user = self.htpasswd.clone().or_else(|| self.tokens.as_ref().and_then(TokenAuth::owner));
        let tokens = self.tokens.map(TokenServer::start);

        let mut config = base_config(&folder, &port, self.read_only);
        if let Some(authority) = &authority {
            config += &tls_config(&folder, authority);
        }
        if let Some((user, password)) = &self.htpasswd {
            config += &htpasswd_config(&folder, user, password);
        }
        if let Some(tokens) = &tokens {
            config += &tokens.registry_config(&folder);
        }

        let mut command = Command::new(binary("registry"));
        command.arg("serve").arg(folder.write("config.yml", config)).env("OTEL_TRACES_EXPORTER", "none");
        let mut process = Process::start("registry", command, folder.path());
        process.wait_until_listening(port.number());
        Registry { process, tokens, authority, user, port, folder }
    }
}

/// Ends inside the `http` section, so that TLS can follow.
fn base_config(folder: &Folder, port: &Port, read_only: bool) -> String {
    format!(
        "version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {storage}}}
  delete: {{enabled: true}}
  maintenance: {{readonly: {{enabled: {read_only}}}, uploadpurging: {{enabled: false}}}}
http:
  addr: {address}:{port}
  secret: not-secret-in-a-test
",
        storage = folder.path().join("storage").display(),
        address = address(),
        port = port.number(),
    )
}

fn tls_config(folder: &Folder, authority: &Authority) -> String {
    let identity = authority.server();
    let certificate = folder.write("server.pem", identity.certificate_pem);
    let key = folder.write("server.key", identity.key_pem);
    format!("  tls: {{certificate: {}, key: {}}}\n", certificate.display(), key.display())
}

fn htpasswd_config(folder: &Folder, user: &str, password: &str) -> String {
    // The least cost that bcrypt has: the tests' passwords protect nothing.
    let hash = bcrypt::hash(password, 4).expect("a password that bcrypt can hash");
    let file = folder.write("htpasswd", format!("{user}:{hash}\n"));
    format!("auth:\n  htpasswd: {{realm: test, path: {}}}\n", file.display())
}
