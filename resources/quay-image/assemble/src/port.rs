//! A port that the image's program listens on.

use std::fmt;
use std::str::FromStr;

/// A port that the image's program listens on, as in `8080/tcp`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    number: u16,
    protocol: &'static str,
}

/// A text that is no port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no port: a number from 1 to 65535 is expected, alone or with `/tcp`, `/udp` or `/sctp`")]
pub struct InvalidPort(String);

impl FromStr for Port {
    type Err = InvalidPort;

    fn from_str(text: &str) -> Result<Self, InvalidPort> {
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = ["tcp", "udp", "sctp"].into_iter().find(|known| *known == protocol);
        let number = number.parse::<u16>().ok().filter(|port| *port > 0 && !number.starts_with('+'));
        number
            .zip(protocol)
            .map(|(number, protocol)| Self { number, protocol })
            .ok_or_else(|| InvalidPort(text.into()))
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_and_a_protocol() {
        let cases = [
            ("8080", Some("8080/tcp")),
            ("53/udp", Some("53/udp")),
            ("0", None),
            ("65536", None),
            ("http", None),
            ("80/icmp", None),
            ("80/", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Port>().ok().map(|port| port.to_string()).as_deref(), expected, "{text}");
        }
    }
}
