//! Containers without being root, by user namespaces.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use runner::local::{Runtime, RuntimeChoice};

use crate::again;
use crate::desk::{Desk, keeper, say, script};

/// Nobody, in Debian.
const NOBODY: u32 = 65534;

#[test]
fn a_user_can_run_containers_too() {
    if again::is_second() {
        return runs_a_container();
    }
    if Desk::of_containers().is_none() {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        return runs_a_container();
    }
    if !has_user_namespaces() {
        return say("skipped: this machine has no user namespaces for users");
    }
    // Nobody can look into the folder of the tests' own programs.
    let folder = stack::Folder::new("rootless");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let (test, kept) = (folder.path().join("test"), folder.path().join("keep-process"));
    fs::copy(std::env::current_exe().unwrap(), &test).unwrap();
    fs::copy(keeper(), &kept).unwrap();
    let temporary = folder.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    std::os::unix::fs::chown(&temporary, Some(NOBODY), Some(NOBODY)).unwrap();
    let mut command = Command::new(test);
    command.args(again::command("rootless::a_user_can_run_containers_too").get_args());
    command.env("QUAYSIDE_TEST_SECOND", "1").env("QUAYSIDE_TEST_KEEPER", kept).env("TMPDIR", &temporary);
    command.current_dir("/").uid(NOBODY).gid(NOBODY);
    again::succeeds(command);
}

#[test]
fn without_user_namespaces_tasks_run_as_processes() {
    if again::is_second() {
        let chosen = Runtime::choose(&RuntimeChoice::Best).unwrap();
        assert_eq!(chosen.runtime, Runtime::Process);
        assert!(chosen.notice.unwrap().contains("containers need root or user namespaces"));
        let refused = Runtime::choose(&RuntimeChoice::Named("runc".into())).unwrap_err();
        assert!(refused.to_string().contains("containers need root or user namespaces"), "{refused}");
        return;
    }
    if Desk::of_containers().is_none() {
        return;
    }
    if !has_user_namespaces() {
        return say("skipped: without user namespaces there is no user who could lose them");
    }
    let mut command = again::command("rootless::without_user_namespaces_tasks_run_as_processes");
    // SAFETY: system calls alone, but for the path of a file, and there is a single thread.
    unsafe { command.pre_exec(take_user_namespaces_away) };
    again::succeeds(command);
}

/// Makes this process nobody in a user namespace that can have none below.
fn take_user_namespaces_away() -> std::io::Result<()> {
    // SAFETY: between fork and exec there is a single thread.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWUSER) }?;
    fs::write("/proc/sys/user/max_user_namespaces", "0")
}

fn has_user_namespaces() -> bool {
    let unshare =
        Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).uid(NOBODY).status();
    unshare.is_ok_and(|status| status.success())
}

fn runs_a_container() {
    let desk = Desk::of_containers().unwrap();
    let image = desk.image("{}");
    let text = "id -u; echo pid $$; cat r/file; echo x > r/file; echo x > /made; echo made > out/file; tty; \
                grep CapEff /proc/self/status; for kind in mnt pid ipc uts user; do readlink /proc/self/ns/$kind; done";
    let config = "inputs: [{name: r}]\noutputs: [{name: out}]";
    let steps = "  - get: image\n  - get: r\n".to_owned() + &script("t", Some("image"), config, text);
    let resources = "resources: [{name: r, type: mock}, {name: image, type: mock}]";
    let given = desk.artifact("given", &[("file", "given\n")]);
    let seen = desk.plan(&steps).resources(resources).folder("image", image).folder("r", given.clone()).run();
    seen.succeeded();
    assert!(seen.log.contains("0\npid ") && !seen.log.contains("pid 1\n"), "{}", seen.log);
    assert!(seen.log.contains("00000000a80425fb") && seen.log.contains("/dev/pts/0"), "{}", seen.log);
    assert_eq!(seen.read("out", "file").as_deref(), Some("made\n"));
    assert_eq!(given.read("file").unwrap(), "given\n");
    for kind in ["mnt", "pid", "ipc", "uts", "user"] {
        let ours = fs::read_link(format!("/proc/self/ns/{kind}")).unwrap().display().to_string();
        assert!(!seen.log.contains(&ours), "{kind} is ours: {}", seen.log);
    }
    runner::local::remove_steps(&seen.run_folder).unwrap();
}
