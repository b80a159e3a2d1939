//! What a container's root may do.

use std::fs;

/// What an unprivileged container of a worker may do.
const UNPRIVILEGED: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// All capabilities, each at the place of its number.
const ALL: &[&str] = &[
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// Returns the capabilities of a container, without those that nobody on this machine can have: a runtime refuses to
/// give what it does not have itself.
pub(super) fn of_container(is_privileged: bool) -> Vec<String> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    within(is_privileged, bounding_set(&status))
}

fn within(is_privileged: bool, bounds: u64) -> Vec<String> {
    let can_be = |(number, name): &(usize, &&str)| {
        bounds >> number & 1 == 1 && (is_privileged || UNPRIVILEGED.contains(*name))
    };
    ALL.iter().enumerate().filter(can_be).map(|(_, name)| format!("CAP_{name}")).collect()
}

/// Reads the line `CapBnd`; a kernel that does not tell bounds nothing.
fn bounding_set(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("CapBnd:"));
    line.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_gets_a_workers_capabilities_as_far_as_there_are_any() {
        assert_eq!(within(false, u64::MAX).len(), UNPRIVILEGED.len());
        assert_eq!(within(true, u64::MAX).len(), 41);
        assert_eq!(
            within(true, bounding_set("Name:\tx\nCapBnd:\t0000000000000003\n")),
            ["CAP_CHOWN", "CAP_DAC_OVERRIDE"]
        );
        assert_eq!(within(false, 0), Vec::<String>::new());
    }
}
