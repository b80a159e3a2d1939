//! Where images are: a registry's host and a path on it.

use std::fmt;
use std::str::FromStr;

use crate::Reference;
use crate::plain::name_of;

/// Docker Hub, as users name it.
const DOCKER_HUB: &str = "docker.io";
/// The names that Docker Hub has had.
const DOCKER_HUB_NAMES: [&str; 3] = [DOCKER_HUB, "index.docker.io", "registry-1.docker.io"];
/// Where Docker Hub's API is.
const DOCKER_HUB_API: &str = "registry-1.docker.io";
/// The path of images that name no owner on Docker Hub.
const OFFICIAL: &str = "library/";
/// The longest name that registries take, host included.
const LONGEST_NAME: usize = 255;

/// A repository: `[host[:port]/]path`.
///
/// Without a host it is on Docker Hub, and a path of one segment there belongs to `library/`. The first segment is a
/// host if it has a dot or a port, or is `localhost`.
///
/// `oci_distribution::Reference` parses the same with a regular expression whose compilation alone takes longer than
/// a whole check may, and takes a forgotten host or a tag within the name in silence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repository {
    host: String,
    path: String,
}

/// Why a text is no repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no repository: {problem}")]
pub struct InvalidRepository {
    text: String,
    problem: &'static str,
}

impl Repository {
    /// Returns the repository `path` on `host`.
    ///
    /// # Errors
    /// When one of them has characters that registries don't allow.
    pub fn on_host(host: &str, path: &str) -> Result<Self, InvalidRepository> {
        let refuse = |problem| InvalidRepository { text: format!("{host}/{path}"), problem };
        check_host(host).map_err(refuse)?;
        check_path(path).map_err(refuse)?;
        if host.len() + 1 + path.len() > LONGEST_NAME {
            return Err(refuse("it has more than 255 characters"));
        }
        let known = DOCKER_HUB_NAMES.contains(&host);
        let host = if known { DOCKER_HUB } else { host }.to_owned();
        let official = known && !path.contains('/');
        let path = if official { format!("{OFFICIAL}{path}") } else { path.to_owned() };
        Ok(Self { host, path })
    }

    /// Returns the host, with its port if it names one; `docker.io` for Docker Hub.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the path on the host.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Tells whether this is Docker Hub.
    pub fn is_docker_hub(&self) -> bool {
        self.host == DOCKER_HUB
    }

    /// Returns the full name of a manifest in this repository: `host/path:tag` or `host/path@digest`.
    pub fn name_of(&self, reference: &Reference) -> String {
        match reference {
            Reference::Tag(tag) => format!("{self}:{tag}"),
            Reference::Digest(digest) => format!("{self}@{digest}"),
        }
    }

    /// Returns the host that answers for this repository.
    pub(crate) fn api_host(&self) -> &str {
        if self.is_docker_hub() { DOCKER_HUB_API } else { &self.host }
    }
}

impl FromStr for Repository {
    type Err = InvalidRepository;

    fn from_str(text: &str) -> Result<Self, InvalidRepository> {
        let refuse = |problem| Err(InvalidRepository { text: text.into(), problem });
        if text.contains("://") {
            return refuse("leave out the scheme; `insecure` allows plain http");
        }
        if text.contains('@') {
            return refuse("a digest does not belong here; a version or `tag` names the image");
        }
        let (host, path) = match text.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
            _ => (DOCKER_HUB, text),
        };
        if path.contains(':') {
            return refuse("a tag does not belong here; write it as `tag`");
        }
        Self::on_host(host, path).map_err(|invalid| InvalidRepository { text: text.into(), ..invalid })
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

fn check_host(host: &str) -> Result<(), &'static str> {
    let name = name_of(host);
    let port = host.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("its port is no number from 1 to 65535");
    }
    if let Some(address) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().map(drop).map_err(|_| "its host is no address");
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err("its host has characters that no host has");
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte);
    if path.is_empty() {
        return Err("it has no name");
    }
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("names are in lower case");
    }
    if !path.bytes().all(allowed) {
        return Err("names are made of a-z, 0-9, `.`, `_`, `-` and `/`");
    }
    let is_name = |segment: &str| segment.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if !path.split('/').all(is_name) {
        return Err("each part between slashes needs a letter or digit");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_host_and_path() {
        let cases = [
            ("alpine", "docker.io", "library/alpine"),
            ("acme/app", "docker.io", "acme/app"),
            ("docker.io/alpine", "docker.io", "library/alpine"),
            ("index.docker.io/acme/app", "docker.io", "acme/app"),
            ("quay.io/acme/app", "quay.io", "acme/app"),
            ("localhost/app", "localhost", "app"),
            ("localhost:5000/a/b/c", "localhost:5000", "a/b/c"),
            ("[::1]:5000/app", "[::1]:5000", "app"),
            ("registry:5000/app", "registry:5000", "app"),
        ];
        for (text, host, path) in cases {
            let repository: Repository = text.parse().unwrap();
            assert_eq!((repository.host(), repository.path()), (host, path), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_reason() {
        let cases = [
            ("", "no name"),
            ("https://quay.io/acme/app", "scheme"),
            ("quay.io/acme/app:1.2", "`tag`"),
            ("alpine:3", "`tag`"),
            ("quay.io/acme/app@sha256:0", "digest"),
            ("quay.io/Acme/app", "lower case"),
            ("quay.io:port/app", "port"),
            ("quay.io//app", "between slashes"),
            ("quay.io/../app", "between slashes"),
            ("quay.io/a b", "a-z"),
        ];
        for (text, reason) in cases {
            let message = text.parse::<Repository>().unwrap_err().to_string();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
