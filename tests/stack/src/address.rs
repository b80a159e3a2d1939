//! Where the servers listen.

use std::net::Ipv4Addr;
use std::sync::OnceLock;

static ADDRESS: OnceLock<Ipv4Addr> = OnceLock::new();

/// Has the servers that this process starts from now on listen on an address of this machine other than 127.0.0.1, for
/// clients in containers with a network of their own.
///
/// # Panics
///
/// When servers have been started already, or another address was chosen.
pub fn listen_on(chosen: Ipv4Addr) {
    let address = *ADDRESS.get_or_init(|| chosen);
    assert_eq!(address, chosen, "the servers of this process listen elsewhere");
}

/// Returns the address that all servers of this process listen on.
pub(crate) fn address() -> Ipv4Addr {
    *ADDRESS.get_or_init(|| Ipv4Addr::LOCALHOST)
}
