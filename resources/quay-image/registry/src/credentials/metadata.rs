//! The client for metadata servers, which clouds give their machines on an address of the link.

use std::time::Duration;

use kit::http::{Client, Retry, Settings};
use kit::{Context, Error, Result};

/// Returns a client that does not wait long: on a machine that is in no such cloud, nobody answers there.
/// Nor does it ask a proxy, which would be another machine, with another identity or none.
pub(super) fn client() -> Result<Client> {
    let settings = Settings {
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(10),
        bypass_proxies: true,
        retry: Retry { total: Duration::from_secs(5), ..Retry::default() },
        ..Settings::default()
    };
    Client::new(settings).map_err(Error::from).context(|| "cannot ask the metadata server".into())
}
