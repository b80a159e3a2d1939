//! A port in front of a server, which can be closed: to its clients the server is then gone.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};

use crate::address::address;
use crate::port::Port;
use crate::runtime::runtime;

/// A port of its own, which passes bytes on to a server as they are, so that TLS and HTTP/2 go through it.
///
/// Closed, it refuses connections and has cut those that there were: what clients see of a server that was stopped. The
/// server itself keeps its state, also one that has it in memory alone, and others may go on using it meanwhile.
#[derive(Debug)]
pub struct Door {
    port: Port,
    server: SocketAddr,
    open: Mutex<Option<AbortHandle>>,
}

impl Door {
    /// Keeps a port, closed until [`Door::open`], in front of a server whose own address may be told later.
    pub fn new() -> Self {
        let port = Port::reserve();
        Self { server: SocketAddr::from((address(), 0)), port, open: Mutex::default() }
    }

    /// Opens a new door in front of a server, given as `host:port` or with a scheme before it.
    pub fn in_front_of(server: &str) -> Self {
        let mut door = Self::new();
        door.lead_to(server);
        door
    }

    /// Says which server is behind the door, and opens it.
    pub fn lead_to(&mut self, server: &str) {
        let host = server.rsplit_once("://").map_or(server, |(_, host)| host).trim_end_matches('/');
        self.server = host.parse().unwrap_or_else(|_| panic!("`{host}` is no address and port"));
        self.open();
    }

    /// Returns the address and port that clients use.
    pub fn host(&self) -> String {
        SocketAddr::from((address(), self.port.number())).to_string()
    }

    /// Refuses connections from now on and cuts those that there are.
    pub fn close(&self) {
        let was_open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(acceptor) = was_open {
            acceptor.abort();
            // Its task is dropped by the runtime, a moment later.
            wait_until(|| std::net::TcpStream::connect(self.host()).is_err());
        }
    }

    /// Lets connections through again.
    pub fn open(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_some() {
            return;
        }
        let mut listener = None;
        wait_until(|| {
            listener = TcpListener::bind(self.host()).ok();
            listener.is_some()
        });
        let listener = listener.expect("waited for it");
        listener.set_nonblocking(true).expect("a listener that does not block");
        *open = Some(runtime().spawn(accept(listener, self.server)).abort_handle());
    }

    /// Closes the door for a time, and opens it again in the background.
    pub fn close_for(self: &std::sync::Arc<Self>, time: Duration) {
        self.close();
        let door = self.clone();
        std::thread::spawn(move || {
            std::thread::sleep(time);
            door.open();
        });
    }
}

impl Default for Door {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.close();
    }
}

/// Passes connections on until it is dropped, and with it every connection.
async fn accept(listener: TcpListener, server: SocketAddr) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener of the runtime");
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(pass_on(client, server));
    }
}

/// A server that is not there ends the connection, as it would without the door.
async fn pass_on(mut client: TcpStream, server: SocketAddr) {
    if let Ok(mut upstream) = TcpStream::connect(server).await {
        let _ = client.set_nodelay(true);
        let _ = upstream.set_nodelay(true);
        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
    }
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "a door neither opens nor closes");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use crate::web::{ask, client};
    use crate::{Door, Registry};

    #[test]
    fn a_closed_door_refuses_and_an_open_one_passes_on() {
        let registry = Registry::plain();
        let door = Door::in_front_of(&registry.url());
        let status =
            || ask(client(None).get(format!("http://{}/v2/", door.host())), None).map(|(code, _)| code);
        assert_eq!(status().ok(), Some(200));
        door.close();
        assert!(status().is_err_and(|problem| problem.is_connect()));
        door.open();
        assert_eq!(status().ok(), Some(200));
    }

    #[test]
    fn a_connection_that_is_under_way_is_cut() {
        use std::io::{Read, Write};
        let registry = Registry::plain();
        let door = Door::in_front_of(&registry.host());
        let mut stream = std::net::TcpStream::connect(door.host()).unwrap();
        stream.write_all(b"GET /v2/ HTTP/1.1\r\nhost: registry\r\n").unwrap();
        door.close();
        let mut left = Vec::new();
        assert!(stream.read_to_end(&mut left).is_err() || left.is_empty());
    }
}
