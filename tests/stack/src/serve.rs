//! Serves HTTP/1.1 and HTTP/2, with or without TLS, inside the test process.

mod wire;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::address::address;
use crate::authority::Identity;
use crate::runtime::runtime;
pub(crate) use wire::Controls;
use wire::Wire;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A listening server; dropped, it closes its port and every connection.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    acceptor: AbortHandle,
}

impl Server {
    /// Listens on a free port. `service` makes the service of one connection, and may keep its controls.
    pub(crate) fn start<S, B>(
        identity: Option<&Identity>,
        service: impl Fn(Arc<Controls>) -> S + Send + 'static,
    ) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Future: Send, Error: Into<BoxError>>
            + Send
            + 'static,
        B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        let listener = TcpListener::bind((address(), 0)).expect("a free port");
        let address = listener.local_addr().expect("the port that was bound");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let tls = identity.map(acceptor);
        let task = runtime().spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener of the runtime");
            // Dropped with this task, and with it every connection.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                let _ = stream.set_nodelay(true);
                let wire = Wire::new(stream);
                let service = service(wire.controls());
                connections.spawn(connection(wire, tls.clone(), service));
            }
        });
        Self { address, acceptor: task.abort_handle() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn connection<S, B>(wire: Wire, tls: Option<TlsAcceptor>, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Future: Send, Error: Into<BoxError>>
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let http = auto::Builder::new(TokioExecutor::new());
    // A connection that ends badly is the client's affair; its test sees it there.
    match tls {
        None => drop(http.serve_connection(TokioIo::new(wire), service).await),
        Some(tls) => {
            if let Ok(stream) = tls.accept(wire).await {
                drop(http.serve_connection(TokioIo::new(stream), service).await);
            }
        }
    }
}

fn acceptor(identity: &Identity) -> TlsAcceptor {
    let (certificate, key) = identity.der();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate that fits its key");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}
