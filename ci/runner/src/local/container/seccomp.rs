//! System calls that a worker's containers may not make.
//!
//! A worker lists what is allowed and refuses the rest. Here what it refuses is listed, as far as it matters without
//! the capabilities that most of it needs anyway: so a new system call works here before it does there.

use serde_json::{Value as Json, json};

/// Refused with `EPERM`.
const REFUSED: &[&str] = &[
    "add_key",
    "bpf",
    "fanotify_init",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "request_key",
    "setns",
    "swapoff",
    "swapon",
    "umount2",
    "unshare",
    "userfaultfd",
];

/// Returns the filter of an unprivileged container.
pub(super) fn filter() -> Json {
    json!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{ "names": REFUSED, "action": "SCMP_ACT_ERRNO", "errnoRet": libc::EPERM }],
    })
}
