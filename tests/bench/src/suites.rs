//! The suites, each a set of tables.

mod check;
mod get;
mod helm;
mod pipeline;
mod put;
mod quay;
mod vault;

use std::path::PathBuf;

/// A suite by its name.
pub(crate) type Suite = fn() -> Result<(), String>;

pub(crate) const ALL: [(&str, Suite); 8] = [
    ("get", get::run),
    ("check", check::run),
    ("put", put::run),
    ("quay", quay::run),
    ("vault", vault::run),
    ("helm", helm::run),
    ("helm-put", helm::run_put),
    ("pipeline", pipeline::run),
];

/// Returns the folder for what is expensive to make, outside the checkout.
fn cache() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    variable("QUAYSIDE_CACHE").unwrap_or_else(|| {
        let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
        base.unwrap_or_else(std::env::temp_dir).join("quayside")
    })
}

/// Says that a peer is left out, and why, instead of failing without it.
fn available(program: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(program).is_file());
    if !found {
        crate::table::note(&format!("{program} is not installed: left out"));
    }
    found
}
