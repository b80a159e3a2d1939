//! A tunnel to the API server through an SSH host, natively.

use std::sync::Arc;
use std::time::Duration;

use kit::http::Url;
use kit::{Context, Error, Result, report};
use russh::client::{self, AuthResult, Handle};
use russh::keys::{
    PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate, decode_secret_key, parse_public_key_base64,
};
use tokio::net::{TcpListener, TcpStream};

use super::Access;
use crate::source::Bastion;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// A tunnel whose other end is gone is noticed by this.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Opens a tunnel and returns the access that leads through it: the server is then a port of this machine, while the
/// certificate is still checked against the API server's own name.
///
/// # Errors
/// When the bastion can't be reached, is not the host it should be, or does not let us in.
pub async fn tunnel(access: Access, bastion: &Bastion) -> Result<Access> {
    let server = Url::parse(&access.server).context(|| format!("`{}` is no URL", access.server))?;
    let host = server.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = server.port_or_known_default().unwrap_or(443);
    let session = Arc::new(sign_in(bastion).await.context(|| {
        format!("cannot use the bastion `{}@{}:{}`", bastion.user, bastion.host, bastion.port)
    })?);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let local = listener.local_addr()?.port();
    tokio::spawn(forward(listener, session, host.clone(), port));
    let shown = format!("{} by way of {}", access.shown_server(), bastion.host);
    let mut through = Access { shown: Some(shown), ..access };
    let mut url = server;
    // Both are URLs with a host already, so neither is refused.
    let _ = url.set_host(Some("127.0.0.1"));
    let _ = url.set_port(Some(local));
    through.server = url.to_string().trim_end_matches('/').to_owned();
    through.tls_server_name.get_or_insert(host);
    through.proxy_url = None;
    Ok(through)
}

async fn sign_in(bastion: &Bastion) -> Result<Handle<HostCheck>> {
    let known = known_keys(&bastion.known_host)?;
    let key =
        decode_secret_key(bastion.private_key.expose(), bastion.passphrase.as_ref().map(kit::Secret::expose));
    let key = key.map_err(|_| {
        Error::new("`source.bastion.private_key` can't be read")
            .hint("it is an OpenSSH or PEM private key; one with a passphrase needs `passphrase`")
    })?;
    let config = client::Config { keepalive_interval: Some(KEEPALIVE), ..client::Config::default() };
    let connect =
        client::connect(Arc::new(config), (bastion.host.as_str(), bastion.port), HostCheck { known });
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, connect).await;
    let connected =
        connected.map_err(|_| Error::new(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))?;
    let mut session = connected.map_err(|problem| match problem {
        russh::Error::UnknownKey => Error::new("it showed another host key than `known_host` says").hint(
            "somebody may stand in between; if the host was set up anew, take its key from `ssh-keyscan`",
        ),
        other => other.into(),
    })?;
    let hash = session.best_supported_rsa_hash().await?.flatten();
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
    match session.authenticate_publickey(&bastion.user, key).await? {
        AuthResult::Success => Ok(session),
        AuthResult::Failure { .. } => Err(Error::new("it does not accept the key")
            .hint("is the public half in the user's `authorized_keys`?")),
    }
}

/// Accepts the host keys that the source names, and no others.
struct HostCheck {
    known: Vec<PublicKey>,
}

impl client::Handler for HostCheck {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        Ok(self.known.iter().any(|known| known.key_data() == key.key_data()))
    }
}

/// Reads lines of `known_hosts`, or bare keys: in both the key follows its type.
fn known_keys(text: &str) -> Result<Vec<PublicKey>> {
    let mut keys = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let kind = words.iter().position(|word| word.starts_with("ssh-") || word.starts_with("ecdsa-"));
        let key =
            kind.and_then(|kind| words.get(kind + 1)).and_then(|word| parse_public_key_base64(word).ok());
        keys.push(key.ok_or_else(|| {
            Error::new("`source.bastion.known_host` is not a host's public key")
                .hint("`ssh-keyscan HOST` prints lines that can be taken as they are")
        })?);
    }
    if keys.is_empty() {
        return Err(Error::new("`source.bastion.known_host` is empty"));
    }
    Ok(keys)
}

async fn forward(listener: TcpListener, session: Arc<Handle<HostCheck>>, host: String, port: u16) {
    while let Ok((connection, _)) = listener.accept().await {
        let (session, host) = (Arc::clone(&session), host.clone());
        tokio::spawn(async move {
            if let Err(problem) = carry(connection, &session, host, port).await {
                report::warn(format_args!("the bastion's tunnel: {}", Error::from(problem)));
            }
        });
    }
}

async fn carry(
    mut connection: TcpStream,
    session: &Handle<HostCheck>,
    host: String,
    port: u16,
) -> Result<(), russh::Error> {
    let channel = session.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0).await?;
    let mut stream = channel.into_stream();
    // A side that hangs up ends the connection; the client above says what that means.
    let _ = tokio::io::copy_bidirectional(&mut connection, &mut stream).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    #[test]
    fn host_keys_are_read_bare_or_from_known_hosts() {
        let bare = known_keys(&format!("ssh-ed25519 {KEY} comment")).unwrap();
        let line =
            known_keys(&format!("# bastion\nbastion.example.com,10.0.0.1 ssh-ed25519 {KEY}\n")).unwrap();
        assert_eq!(bare[0].key_data(), line[0].key_data());
        for text in ["", "bastion.example.com", "ssh-ed25519 nonsense"] {
            assert!(known_keys(text).is_err(), "{text}");
        }
    }
}
