//! A test process that is killed takes its servers with it, and the next one sweeps its folders.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use stack::{Folder, Registry};

/// What the process that is killed prints before the facts.
const MARK: &str = "holding ";
/// Makes a process of this test hold a registry, where it is set.
const HOLD: &str = "QUAYSIDE_TEST_HOLDS_A_REGISTRY";

#[test]
fn killed_process_leaves_no_server_and_no_folder() {
    let mut holder = Command::new(std::env::current_exe().expect("this test's own path"))
        .args(["--exact", "holds_a_registry_until_it_is_killed", "--nocapture"])
        .env(HOLD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a second process");
    let lines = BufReader::new(holder.stdout.take().expect("its output")).lines();
    let facts = lines.map_while(Result::ok).find_map(|line| Some(line.split_once(MARK)?.1.to_owned()));
    let facts = facts.expect("the facts of what it holds");
    let (id, storage) = facts.split_once(' ').expect("two facts");
    let (process, storage) = (Path::new("/proc").join(id), PathBuf::from(storage));
    assert!(process.exists() && storage.parent().is_some_and(Path::exists));

    holder.kill().expect("the process can be killed");
    assert_eq!(holder.wait().expect("it ends").signal(), Some(9));

    let started = Instant::now();
    while runs(&process) {
        assert!(started.elapsed() < Duration::from_secs(10), "the registry outlives its process");
        thread::sleep(Duration::from_millis(5));
    }
    drop(Folder::new("sweeps"));
    assert!(!storage.parent().is_some_and(Path::exists), "the folder was swept");
}

/// What the test above runs and kills; by itself it does nothing.
#[test]
#[expect(clippy::print_stdout, reason = "tells the process that reads it what is held")]
fn holds_a_registry_until_it_is_killed() {
    if std::env::var_os(HOLD).is_none() {
        return;
    }
    // Started by a thread that ends at once: the server belongs to the process.
    let registry = thread::spawn(Registry::plain).join().expect("a registry");
    println!("{MARK}{} {}", registry.process_id(), registry.storage().display());
    loop {
        thread::park();
    }
}

/// A killed process may stay a zombie for as long as nobody waits for it.
fn runs(process: &Path) -> bool {
    let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
