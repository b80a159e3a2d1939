//! Connects to one host under the name of another, for certificates that name a server otherwise than its address.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves `alias` as if it were `host`; every other name as usual.
#[derive(Clone, Debug)]
pub(super) struct AliasResolver {
    pub(super) alias: String,
    pub(super) host: String,
}

impl Resolve for AliasResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let wanted = if name.as_str() == self.alias { self.host.clone() } else { name.as_str().to_owned() };
        Box::pin(async move {
            let bare = wanted.trim_start_matches('[').trim_end_matches(']');
            if let Ok(address) = bare.parse::<IpAddr>() {
                return Ok(Box::new(std::iter::once(SocketAddr::new(address, 0))) as Addrs);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((wanted.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
