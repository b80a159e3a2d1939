//! Where the servers' binaries are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Returns the path of a server's binary, by its name in `tests/servers/build`, which builds it if nobody has yet.
///
/// # Panics
///
/// When it cannot be built; the script's output says why.
pub fn binary(name: &str) -> PathBuf {
    static FOUND: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    // A panic while the lock is held leaves the map as it was.
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let found = found.get_or_insert_default();
    found.entry(name.to_owned()).or_insert_with(|| locate(name)).clone()
}

fn locate(name: &str) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../servers/build");
    let output = Command::new(&script)
        .arg(name)
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", script.display()));
    assert!(output.status.success(), "{} {name} failed; its output is above", script.display());
    let stdout = String::from_utf8_lossy(&output.stdout);
    let path = stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    PathBuf::from(path.unwrap_or_else(|| panic!("{} printed no path for {name}: {stdout}", script.display())))
}
