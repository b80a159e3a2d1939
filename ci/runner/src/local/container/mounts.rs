//! What is mounted in a container besides its root file system.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

/// Files of the kernel that an unprivileged container sees nothing of, as on a worker.
pub(super) const MASKED: &[&str] = &[
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
];
/// Files of the kernel that an unprivileged container cannot write: they are this machine's.
pub(super) const READ_ONLY: &[&str] =
    &["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Returns the mounts of a container: the kernel's file systems, then what is seen where.
pub(super) fn of_container(seen: &[(String, PathBuf)], is_privileged: bool, is_rootless: bool) -> Vec<Json> {
    let mut all = vec![
        special("proc", "/proc", &["nosuid", "noexec", "nodev"]),
        special("tmpfs", "/dev", &["nosuid", "strictatime", "mode=755", "size=65536k"]),
        terminals(is_rootless),
        special("tmpfs", "/dev/shm", &["nosuid", "noexec", "nodev", "mode=1777"]),
        special("mqueue", "/dev/mqueue", &["nosuid", "noexec", "nodev"]),
    ];
    all.extend(system(is_privileged, is_rootless));
    all.extend(seen.iter().map(|(path, folder)| {
        json!({ "destination": path, "type": "bind", "source": folder, "options": ["rbind", "rw"] })
    }));
    all
}

fn special(kind: &str, at: &str, options: &[&str]) -> Json {
    json!({ "destination": at, "type": kind, "source": kind, "options": options })
}

fn terminals(is_rootless: bool) -> Json {
    let options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"];
    // A user namespace with one group has no group of terminals.
    let options = if is_rootless { &options[..5] } else { &options[..] };
    special("devpts", "/dev/pts", options)
}

fn system(is_privileged: bool, is_rootless: bool) -> Vec<Json> {
    if is_rootless {
        // A new one needs a network namespace of our own.
        return vec![json!({
            "destination": "/sys", "type": "bind", "source": "/sys",
            "options": ["rbind", "nosuid", "noexec", "nodev", "ro"],
        })];
    }
    let access = if is_privileged { "rw" } else { "ro" };
    vec![
        special("sysfs", "/sys", &["nosuid", "noexec", "nodev", access]),
        special("cgroup", "/sys/fs/cgroup", &[access, "nosuid", "noexec", "nodev"]),
    ]
}
