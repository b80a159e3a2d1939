//! Which Concourse it is, and where this machine is from there.

use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs, UdpSocket};
use std::path::PathBuf;

use serde_json::Value as Json;
use url::Url;

use crate::Pipeline;
use crate::fly::Fly;
use crate::server::Server;

/// A real Concourse that `fly` is logged in to.
#[derive(Debug)]
pub struct Concourse {
    fly: Fly,
    url: String,
    /// Where it is one of our own, which stops with this handle.
    server: Option<Server>,
}

impl Concourse {
    /// What the environment lacks where it names no Concourse.
    pub const SKIPPED: &str = "CONCOURSE_URL or CONCOURSE, and FLY, name no Concourse";

    /// Logs in to the Concourse that `CONCOURSE_URL`, `FLY`, `CONCOURSE_USER` and `CONCOURSE_PASSWORD` name; the last
    /// two are `test` by default. Where `CONCOURSE` names the program instead of the first, one is started here. Nothing
    /// when they name neither.
    ///
    /// # Panics
    ///
    /// When one is named and cannot be used.
    pub fn from_environment() -> Option<Self> {
        let fly = variable("FLY")?;
        let Some(url) = variable("CONCOURSE_URL") else {
            let (server, fly) = Server::start(variable("CONCOURSE")?.into(), fly.into());
            return Some(Self { fly, url: server.url().to_owned(), server: Some(server) });
        };
        let user = variable("CONCOURSE_USER").unwrap_or_else(|| "test".into());
        let password = variable("CONCOURSE_PASSWORD").unwrap_or_else(|| "test".into());
        let fly = Fly::log_in(PathBuf::from(fly), &url, &user, &password);
        Some(Self { fly, url, server: None })
    }

    /// Returns the address of this machine that the containers of the Concourse reach: `CONCOURSE_REACHES`, or else the
    /// one that this machine itself uses towards the Concourse.
    ///
    /// # Panics
    ///
    /// When there is none but loopback, which is another machine in a container.
    pub fn address_of_this_machine(&self) -> Ipv4Addr {
        let named = variable("CONCOURSE_REACHES").map(|text| {
            text.parse().unwrap_or_else(|_| panic!("CONCOURSE_REACHES is no IPv4 address: {text}"))
        });
        let own = || self.server.as_ref().map(Server::address).or_else(|| own_address(&self.url));
        let address = named.or_else(own).filter(|address| !address.is_loopback());
        address.unwrap_or_else(|| {
            panic!(
                "CONCOURSE_REACHES must name an address of this machine that the containers of {} reach",
                self.url
            )
        })
    }

    /// Returns the version that the Concourse says it has.
    pub fn version(&self) -> String {
        self.fly.ask("/api/v1/info")["version"].as_str().unwrap_or_default().to_owned()
    }

    /// Returns the resource types that its workers bring, by name.
    pub fn base_types(&self) -> Vec<String> {
        let workers = self.fly.ask("/api/v1/workers");
        let types = workers
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|worker| worker["resource_types"].as_array().cloned().unwrap_or_default());
        let mut names: Vec<String> =
            types.filter_map(|row| row["type"].as_str().map(str::to_owned)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Returns a pipeline of a name, which may not be there yet.
    pub fn pipeline(&self, name: &str) -> Pipeline<'_> {
        Pipeline::new(&self.fly, name)
    }

    /// Returns all pipelines of the team, also archived ones, as Concourse lists them.
    pub fn pipelines(&self) -> Vec<Json> {
        self.fly.ask("/api/v1/teams/main/pipelines").as_array().cloned().unwrap_or_default()
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the address that this machine has on its way to a URL. Nothing is sent.
fn own_address(url: &str) -> Option<Ipv4Addr> {
    let url = Url::parse(url).ok()?;
    let there = (url.host_str()?, url.port_or_known_default()?).to_socket_addrs().ok()?;
    let there = there.into_iter().find(|address| address.is_ipv4())?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(there).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}
