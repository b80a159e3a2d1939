//! Control groups that a runtime made and did not remove, since it was killed.
//!
//! Runtimes have their own ways to place them, which differ by runtime and by the version of control groups. But the
//! name of a container is the name of its group everywhere, or its end.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;

/// Where control groups are, of either version or both.
const ROOT: &str = "/sys/fs/cgroup";
/// How long a group may take to become empty, once the last process in it is dead.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// Removes the groups of a container whose processes are gone. What cannot be removed is empty, and in nobody's way.
pub(super) fn remove(container: &str) {
    let mut found = Vec::new();
    find(Path::new(ROOT), container, &mut found);
    let deadline = Instant::now() + PATIENCE;
    for group in found {
        let _left = remove_tree(&group, deadline);
    }
}

fn find(folder: &Path, container: &str, found: &mut Vec<PathBuf>) {
    for group in groups_below(folder) {
        let name = group.file_name().unwrap_or_default().to_string_lossy();
        // `name`, `crun-name`, `crun-name.scope`.
        if name.trim_end_matches(".scope").ends_with(container) {
            found.push(group);
        } else {
            find(&group, container, found);
        }
    }
}

/// Links, as hybrid set-ups have them, lead to groups that are found in their own place.
fn groups_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// Removes a group and those that the container made in it. The files in them go with them.
fn remove_tree(group: &Path, deadline: Instant) -> io::Result<()> {
    for below in groups_below(group) {
        remove_tree(&below, deadline)?;
    }
    loop {
        match fs::remove_dir(group) {
            Err(error) if is_busy(&error) && Instant::now() < deadline => sleep(PAUSE),
            removed => return removed,
        }
    }
}

fn is_busy(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::BUSY.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_the_containers_name_wherever_they_are() {
        let root = tempfile::tempdir().unwrap();
        let ours = ["memory/ci/box-1", "cpu/box-1", "unified/a.slice/crun-box-1.scope", "unified/crun-box-1"];
        for group in ours.iter().chain(&["memory/box-11", "memory/box-1-2/inner", "cpu/other"]) {
            fs::create_dir_all(root.path().join(group)).unwrap();
        }
        let mut found = Vec::new();
        find(root.path(), "box-1", &mut found);
        found.sort();
        let mut expected: Vec<PathBuf> = ours.iter().map(|group| root.path().join(group)).collect();
        expected.sort();
        assert_eq!(found, expected);
        fs::create_dir(root.path().join("cpu/box-1/made-inside")).unwrap();
        remove_tree(&root.path().join("cpu/box-1"), Instant::now()).unwrap();
        assert!(!root.path().join("cpu/box-1").exists());
    }
}
