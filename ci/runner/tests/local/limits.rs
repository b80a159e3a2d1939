//! Steps that fill what there is to fill.

use std::fs;
use std::os::unix::process::CommandExt;

use runner::outcome::Status;

use crate::again;
use crate::desk::{Desk, say, script};

/// What a run may take on top while a step prints without end, in KiB.
const MAX_GROWTH: u64 = 16 * 1024;
const PRINTED: usize = 48 * 1024 * 1024;

#[test]
fn memory_stays_flat_however_much_is_printed() {
    if !again::is_second() {
        return again::succeeds(again::command("limits::memory_stays_flat_however_much_is_printed"));
    }
    let desk = Desk::of_processes();
    desk.plan(&script("t", None, "", "true")).run().succeeded();
    let before = peak_memory();
    let lines = format!("yes 'a line of a log that is as long as lines are' | head -c {PRINTED}");
    let one_line = format!("head -c {PRINTED} /dev/zero | tr '\\0' x");
    let seen = desk.plan(&(script("lines", None, "", &lines) + &script("one", None, "", &one_line))).run();
    seen.succeeded();
    assert!(seen.heard >= 2 * PRINTED, "{}", seen.heard);
    let growth = peak_memory() - before;
    assert!(growth < MAX_GROWTH, "{growth} KiB");
}

/// Returns the most memory that this process had, in KiB.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_full_disk_is_an_error_in_place() {
    let name = "limits::a_full_disk_is_an_error_in_place";
    if !again::is_second() {
        if !rustix::process::geteuid().is_root() {
            return say("skipped: only root can make a small disk");
        }
        let mut command = again::command(name);
        let folder = stack::Folder::new("small-disk");
        command.env("TMPDIR", folder.path());
        let disk = folder.path().to_owned();
        // SAFETY: system calls alone.
        unsafe { command.pre_exec(move || small_disk(&disk)) };
        return again::succeeds(command);
    }
    let desk = Desk::of_processes();
    let fill = "dd if=/dev/zero of=big bs=1M count=64; dd if=/dev/zero of=rest bs=1k count=4096";
    let seen = desk.plan(&script("fills", None, "", fill)).run();
    assert_eq!(seen.status, Status::Failed);
    assert!(seen.log.contains("No space left on device"), "{}", seen.log);
    let seen = desk.plan(&script("next", None, "params: {LONG: text}", "echo it runs")).run();
    assert_eq!(seen.status, Status::Errored, "{}", seen.log);
    assert!(seen.log.contains("No space left on device"), "{}", seen.log);
    // With the failed run's folder there is space again.
    for run in [1, 2] {
        runner::local::remove_steps(&desk.home().run_folder(run)).unwrap();
    }
    desk.plan(&script("again", None, "", "true")).run().succeeded();
}

/// Puts a disk of 8 MiB over a folder, for this process and what it starts.
fn small_disk(folder: &std::path::Path) -> std::io::Result<()> {
    use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
    // SAFETY: between fork and exec there is a single thread.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) }?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    mount("tmpfs", folder, "tmpfs", MountFlags::empty(), c"size=8m")?;
    Ok(())
}
