//! Temporary folders that do not outlive their test process for long.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A temporary folder, removed on drop.
///
/// It lies in a folder named after the test process, so that what a killed process left is recognised and swept by the
/// next one.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes a new, empty folder whose name starts with `name`.
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = process_folder().join(format!("{name}-{count}"));
        let _held = creation_lock();
        fs::create_dir_all(&path).unwrap_or_else(|error| panic!("cannot make {}: {error}", path.display()));
        Self(path)
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _held = creation_lock();
        let _ = fs::remove_dir_all(&self.0);
        // Succeeds for the last folder of the process alone.
        let _ = fs::remove_dir(process_folder());
    }
}

/// Returns the folder that all test processes share.
pub(crate) fn shared_folder() -> PathBuf {
    std::env::temp_dir().join("quayside-stack")
}

/// Keeps the process's folder from being removed by one thread while another makes a folder in it.
fn creation_lock() -> impl Drop {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn process_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        sweep();
        let started = start_time(process::id()).expect("/proc tells when this process started");
        shared_folder().join(format!("{}-{started}", process::id()))
    })
}

/// Removes the folders of processes that are gone.
fn sweep() {
    let Ok(entries) = fs::read_dir(shared_folder()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().and_then(owner).is_some_and(|(id, started)| start_time(id) != Some(started)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Reads a process folder's name: the process's id and its start time, which tells it from a later one of that id.
fn owner(name: &str) -> Option<(u32, u64)> {
    let (id, started) = name.split_once('-')?;
    Some((id.parse().ok()?, started.parse().ok()?))
}

/// Returns when a process started, in clock ticks since boot: field 22 of proc(5)'s stat.
fn start_time(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in field 2 stands in brackets and may hold anything, brackets and blanks too.
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_is_gone_after_drop() {
        let folder = Folder::new("gone");
        let path = folder.path().to_owned();
        folder.write("file", "content");
        assert!(path.join("file").exists());
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn folders_of_dead_processes_are_swept_and_those_of_the_living_kept() {
        let dead = shared_folder().join(format!("{}-1", process::id()));
        fs::create_dir_all(dead.join("left")).unwrap();
        let alive = Folder::new("alive");
        sweep();
        assert!(!dead.exists(), "same process id, other start time: another process");
        assert!(alive.path().exists());
    }
}
