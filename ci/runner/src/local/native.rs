//! The resource types that come with quayside, run as processes of this machine.

use std::path::{Path, PathBuf};

/// The types that are ours; each is the name of its program.
const OURS: &[&str] = &["quay-image", "vault-secret", "helm-release"];

/// A type of Concourse's that one of our programs stands in for.
const STANDS_IN: (&str, &str) = ("registry-image", "quay-image");

/// Variables of our own environment that these programs see: where to find things, and how to reach the network.
const PASSED_ON: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TMPDIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    // Where helm-release finds a Helm that is not beside it.
    "HELM3",
    "HELM4",
];

/// Returns whether a type is one of ours.
pub(super) fn is_ours(kind: &str) -> bool {
    OURS.contains(&kind)
}

/// Returns the name of the program that runs a type, when it is one of ours.
pub(super) fn program_name(kind: &str) -> Option<&'static str> {
    let (kind_of_concourse, stand_in) = STANDS_IN;
    if kind == kind_of_concourse {
        return Some(stand_in);
    }
    OURS.iter().find(|known| **known == kind).copied()
}

/// Looks one of our programs up: beside this program, then on the path.
pub(super) fn beside_or_on_path(name: &str) -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|own| own.parent().map(|folder| folder.join(name)));
    beside.filter(|program| is_executable(program)).or_else(|| on_path(name))
}

/// Looks a program up as a shell does.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| is_executable(program))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Returns the part of our own environment that programs of this machine see.
pub(super) fn environment() -> Vec<(String, String)> {
    let value = |name: &&str| std::env::var(name).ok().map(|value| ((*name).to_owned(), value));
    PASSED_ON.iter().filter_map(value).collect()
}
