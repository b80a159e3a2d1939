//! Where the built programs are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Returns the path of a program of this workspace, built in the profile of the running test.
///
/// # Panics
///
/// When it can't be built.
pub fn program(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built.entry(name.to_owned()).or_insert_with(|| build(name)).clone()
}

/// Cargo builds a package's programs only for that package's own tests, so the first test that asks builds it. Where
/// it is up to date, that takes a fraction of a second: it is built as `cargo build --workspace --bins` does, since the
/// package alone has other features of its dependencies, which would all be built again.
fn build(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().expect("a program lies in a folder");
    // Tests lie in target/<profile>/deps, programs one above.
    let profile = if folder.ends_with("deps") { folder.parent().expect("deps has a parent") } else { folder };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--workspace", "--bin", name]).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.arg("--target-dir").arg(profile.parent().expect("target/<profile> has a parent"));
    match profile.file_name().and_then(|profile| profile.to_str()) {
        Some("debug") | None => {}
        Some(profile) => {
            command.args(["--profile", profile]);
        }
    }
    let status = command.status().expect("cargo can be run");
    assert!(status.success(), "cargo could not build {name}");
    profile.join(name)
}
