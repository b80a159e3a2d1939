//! The API server behind an SSH host: a server of russh's stands for it.

use std::sync::mpsc;

use russh::Channel;
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Server, Session, VerifiedPublicKey};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::place::{Place, cluster};

/// Lets in who has the key, and forwards connections.
#[derive(Clone)]
struct Host {
    admitted: PublicKey,
}

impl Server for Host {
    type Handler = Self;

    fn new_client(&mut self, _: Option<std::net::SocketAddr>) -> Self {
        self.clone()
    }
}

impl Handler for Host {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        let known = user == "jump" && key.public_key.key_data() == self.admitted.key_data();
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        let mut target = TcpStream::connect((host, u16::try_from(port).unwrap())).await?;
        reply.accept().await;
        tokio::spawn(async move {
            let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut target).await;
        });
        Ok(())
    }
}

/// Starts the host on a thread of its own and returns its port.
fn start(key: PrivateKey, admitted: PublicKey) -> u16 {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let config = Config { keys: vec![key], ..Config::default() };
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(socket.local_addr().unwrap().port()).unwrap();
            let _ = Host { admitted }.run_on_socket(std::sync::Arc::new(config), &socket).await;
        });
    });
    receiver.recv().unwrap()
}

fn key() -> PrivateKey {
    PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap()
}

#[test]
fn every_step_goes_through_the_bastion() {
    let place = Place::new();
    let (host, user) = (key(), key());
    let known_host = host.public_key().to_openssh().unwrap();
    let port = start(host, user.public_key().clone());
    let bastion = |private: &PrivateKey, known_host: &str| {
        let private = private.to_openssh(russh::keys::ssh_key::LineEnding::LF).unwrap();
        json!({"bastion": {"host": "127.0.0.1", "port": port, "user": "jump", "private_key": private.as_str(), "known_host": known_host}})
    };
    let good = bastion(&user, &known_host);
    let put = place
        .put_with(good.clone(), json!({"chart": "charts/shop", "check_is_ready": true, "timeout": "60s"}));
    let version = put.json()["version"].clone();
    assert_eq!(place.with(good).check(None).json(), json!([version]));

    let another = key();
    let stranger = place.with(bastion(&another, &known_host)).check(None);
    assert!(stranger.error().contains("it does not accept the key"), "{}", stranger.stderr);
    let impostor = place.with(bastion(&user, &another.public_key().to_openssh().unwrap())).check(None);
    assert!(
        impostor.error().contains("it showed another host key than `known_host` says"),
        "{}",
        impostor.stderr
    );
    let _ = cluster();
}
