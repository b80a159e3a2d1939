//! Hosts that people run without TLS.

use std::net::IpAddr;

/// Tells whether `host` (with or without a port) may speak plain HTTP though nobody says so: `localhost`, `*.localhost`,
/// `*.local`, an address of this machine, or one of a private network (10/8, 172.16/12, 192.168/16).
///
/// These are the hosts of go-containerregistry's `name.Registry.Scheme`, which the registry-image resource follows. HTTPS
/// is tried first there too.
pub fn may_be_plain(host: &str) -> bool {
    let name = name_of(host).to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    match address.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local"),
    }
}

/// Returns `host` without its port.
pub(crate) fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_nearby_may_be_plain() {
        let nearby = [
            "localhost",
            "localhost:5000",
            "Registry.LOCAL:80",
            "registry.localhost",
            "127.0.0.1",
            "127.1.2.3:5000",
            "[::1]",
            "[::1]:5000",
            "10.0.0.1:5000",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
        ];
        let far = [
            "quay.io",
            "local",
            "local.example.com",
            "10.example.com",
            "11.0.0.1",
            "172.15.0.1",
            "172.32.0.1:5000",
            "192.169.1.1",
            "169.254.169.254",
            "[fe80::1]:5000",
            "[2001:db8::1]",
        ];
        for (hosts, expected) in [(&nearby[..], true), (&far[..], false)] {
            for host in hosts {
                assert_eq!(may_be_plain(host), expected, "{host}");
            }
        }
    }
}
