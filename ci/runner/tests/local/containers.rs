//! Tasks in containers.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use runner::outcome::Status;
use runner::volume::Volume;
use stack::processes_with;

use crate::desk::{Desk, Job, script};

const METADATA: &str = r#"{"env": ["FROM=image", "WHO=image"], "user": ""}"#;

/// Prepares a job whose steps run in an image of busybox, which a get `image` brings.
fn in_busybox<'desk>(desk: &'desk Desk, steps: &str) -> (Job<'desk>, Volume) {
    let image = desk.image(METADATA);
    let resources = "resources: [{name: r, type: mock, source: {}}, {name: image, type: mock}]";
    let job =
        desk.plan(&format!("  - get: image\n{steps}")).resources(resources).folder("image", image.clone());
    (job, image)
}

/// Prepares a job of a single script.
pub(crate) fn script_in_busybox<'desk>(desk: &'desk Desk, config: &str, text: &str) -> Job<'desk> {
    in_busybox(desk, &script("t", Some("image"), config, text)).0
}

#[test]
fn a_task_is_alone_with_its_image() {
    let Some(desk) = Desk::of_containers() else { return };
    let text = "id -u; hostname; grep quayside /etc/hosts; echo pid $$; ls -1 /; for kind in mnt pid ipc uts net; do readlink /proc/self/ns/$kind; done";
    let seen = script_in_busybox(&desk, "", text).run();
    seen.succeeded();
    let ours = |kind: &str| fs::read_link(format!("/proc/self/ns/{kind}")).unwrap().display().to_string();
    for kind in ["mnt", "pid", "ipc", "uts"] {
        assert!(seen.log.contains(&format!("{kind}:[")), "{}", seen.log);
        assert!(!seen.log.contains(&ours(kind)), "{kind} is ours: {}", seen.log);
    }
    assert!(seen.log.contains(&ours("net")), "{}", seen.log);
    assert!(seen.log.contains("0\nquayside\n127.0.0.1\tquayside\npid "), "{}", seen.log);
    assert!(!seen.log.contains("pid 1\n") && seen.log.contains("scratch\n"), "{}", seen.log);
    assert!(!seen.log.contains("boot\n") && !seen.log.contains("work\n"), "{}", seen.log);
}

#[test]
fn a_task_has_a_workers_capabilities() {
    let Some(desk) = Desk::of_containers() else { return };
    let seen = script_in_busybox(&desk, "", "grep -E 'Cap(Eff|Bnd|Amb)' /proc/self/status").run();
    seen.succeeded();
    // The fourteen of an unprivileged container, all of which root has on any machine that may run containers.
    assert_eq!(seen.log.matches("00000000a80425fb").count(), 2, "{}", seen.log);
    assert!(seen.log.contains("CapAmb:\t0000000000000000"), "{}", seen.log);
    let text = "grep CapEff /proc/self/status; mkdir /m; mount -t tmpfs none /m && echo mounted";
    let plan = script("t", Some("image"), "", text) + "    privileged: true\n";
    let seen = in_busybox(&desk, &plan).0.run();
    seen.succeeded();
    assert!(seen.log.contains("mounted") && !seen.log.contains("a80425fb"), "{}", seen.log);
}

#[test]
fn what_a_task_does_to_this_machine_is_nothing() {
    let Some(desk) = Desk::of_containers() else { return };
    let text = "echo x > /quayside-outside; echo x > ../../quayside-upwards; rm -rf /bin/ls /etc/group; \
                mount -t tmpfs none /tmp 2>&1; echo 1 > /proc/sys/kernel/panic; \
                mknod /disk b 254 0; dd if=/disk of=/dev/null bs=1 count=1 2>&1; unshare -m true 2>&1; echo done";
    let steps = script("t", Some("image"), "", text)
        + &script("u", Some("image"), "", "ls /bin/ls /etc/group; ls /quayside-outside || echo fresh");
    let (job, image) = in_busybox(&desk, &steps);
    let seen = job.run();
    seen.succeeded();
    assert!(!Path::new("/quayside-outside").exists() && !Path::new("/tmp/quayside-upwards").exists());
    assert!(image.folder().join("rootfs/bin/ls").symlink_metadata().is_ok());
    assert!(!image.folder().join("rootfs/quayside-outside").exists());
    assert!(seen.log.contains("/proc/sys/kernel/panic: Read-only file system"), "{}", seen.log);
    for refused in
        ["mount: permission denied", "'/disk': Operation not permitted", "unshare(0x20000): Operation not"]
    {
        assert!(seen.log.contains(refused), "{refused}: {}", seen.log);
    }
    assert!(seen.log.contains("fresh"), "{}", seen.log);
}

#[test]
fn folders_are_where_the_task_says() {
    let Some(desk) = Desk::of_containers() else { return };
    let config = "inputs: [{name: r, path: src}]\n\
                  outputs: [{name: out}, {name: deep, path: src/deep}, {name: abs, path: /opt/abs}, {name: ../up}]\n\
                  caches: [{path: src/cache}, {path: /var/cache/x}]";
    let text = "pwd; cat src/file; echo changed > src/file; for folder in out src/deep /opt/abs up; do \
                echo made > $folder/file; done; cat src/cache/n /var/cache/x/n; echo cached > src/cache/n; \
                echo cached > /var/cache/x/n";
    let steps = "  - get: r\n".to_owned() + &script("t", Some("image"), config, text);
    let given = desk.artifact("given", &[("file", "as it was\n")]);
    let run = || in_busybox(&desk, &steps).0.folder("r", given.clone()).run();
    let seen = run();
    assert!(seen.log.contains("/tmp/build/") && seen.log.contains("as it was"), "{}", seen.log);
    for artifact in ["out", "deep", "abs", "../up"] {
        assert_eq!(seen.read(artifact, "file").as_deref(), Some("made\n"), "{artifact}: {}", seen.log);
    }
    assert_eq!(given.read("file").unwrap(), "as it was\n");
    assert!(!seen.log.contains("cached"), "{}", seen.log);
    assert_eq!(run().log.matches("cached\n").count(), 2);
}

#[test]
fn the_working_folder_can_be_an_input() {
    let Some(desk) = Desk::of_containers() else { return };
    let steps =
        "  - get: r\n".to_owned() + &script("t", Some("image"), "inputs: [{name: r, path: .}]", "cat file");
    let given = desk.artifact("given", &[("file", "here\n")]);
    let seen = in_busybox(&desk, &steps).0.folder("r", given).run();
    seen.succeeded();
    assert!(seen.log.contains("here"), "{}", seen.log);
}

#[test]
fn a_user_of_the_image_can_write_what_is_its_own() {
    let Some(desk) = Desk::of_containers() else { return };
    let text = "id -u; id -g; echo $USER $HOME; echo x > out/file; echo x > r/file2; echo x > here; echo x > /scratch/y; \
                echo x > /etc/x || echo refused";
    let config = "inputs: [{name: r}]\noutputs: [{name: out}]";
    let steps = "  - get: r\n".to_owned() + &script("t", Some("image"), config, text);
    let steps = steps.replace("run: {path: sh", "run: {user: ci, path: sh");
    let seen = in_busybox(&desk, &steps).0.folder("r", desk.artifact("given", &[])).run();
    seen.succeeded();
    assert!(seen.log.contains("1000\n1000\nci /home/ci\n") && seen.log.contains("refused"), "{:?}", seen.log);
    assert_eq!(seen.read("out", "file").as_deref(), Some("x\n"));
    let steps =
        script("t", Some("image"), "", "true").replace("run: {path: sh", "run: {user: nobody-here, path: sh");
    let seen = in_busybox(&desk, &steps).0.run();
    assert_eq!(seen.status, Status::Errored);
    assert!(seen.log.contains("unable to find user nobody-here"), "{}", seen.log);
}

#[test]
fn the_environment_is_the_images_under_the_tasks() {
    let Some(desk) = Desk::of_containers() else { return };
    let seen = script_in_busybox(&desk, "params: {WHO: task}", "env").run();
    seen.succeeded();
    assert!(seen.log.contains("FROM=image\n") && seen.log.contains("WHO=task\n"), "{}", seen.log);
    assert!(!seen.log.contains("WHO=image") && !seen.log.contains("BUILD_"), "{}", seen.log);
    assert!(seen.log.contains("HOME=/root\n"), "{}", seen.log);
}

#[test]
fn a_task_in_a_container_has_a_terminal() {
    let Some(desk) = Desk::of_containers() else { return };
    let seen = script_in_busybox(&desk, "", "tty; stty size; test -t 0 && test -t 2 && echo terminal").run();
    seen.succeeded();
    assert!(seen.log.contains("/dev/pts/0\n500 500\nterminal\n"), "{}", seen.log);
}

#[test]
fn a_program_that_is_not_in_the_image_is_an_error() {
    let Some(desk) = Desk::of_containers() else { return };
    let steps = "  - {task: never-started, image: image, config: {platform: linux, run: {path: no-such}}}\n";
    let seen = in_busybox(&desk, steps).0.run();
    assert_eq!(seen.status, Status::Errored);
    assert!(seen.log.contains("\"no-such\": executable file not found"), "{}", seen.log);
    assert_eq!(control_groups_with("never-started"), Vec::<String>::new());
    assert_eq!(script_in_busybox(&desk, "", "exit 4").run().status, Status::Failed);
}

#[test]
fn without_an_image_there_is_no_container() {
    let Some(desk) = Desk::of_containers() else { return };
    let seen = desk.plan(&script("t", None, "", "true")).run();
    assert_eq!(seen.status, Status::Errored);
    assert!(
        seen.log.contains("rootfs must not be empty") && seen.log.contains("--runtime process"),
        "{}",
        seen.log
    );
}

#[test]
fn a_hermetic_task_has_no_network() {
    let Some(desk) = Desk::of_containers() else { return };
    let plan = script("t", Some("image"), "", "cat /proc/net/dev | wc -l") + "    hermetic: true\n";
    let seen = in_busybox(&desk, &plan).0.run();
    seen.succeeded();
    // Two lines of titles, and the loopback device.
    assert!(seen.log.lines().any(|line| line.trim() == "3"), "{}", seen.log);
}

#[test]
fn limits_are_control_groups() {
    let Some(desk) = Desk::of_containers() else { return };
    let text = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; \
                cat /sys/fs/cgroup/cpu/cpu.shares; true";
    let seen = script_in_busybox(&desk, "container_limits: {memory: 64MB, cpu: 512}", text).run();
    seen.succeeded();
    assert!(seen.log.contains("67108864\n"), "{}", seen.log);
}

#[test]
fn an_abort_asks_the_containers_process_first() {
    let Some(desk) = Desk::of_containers() else { return };
    let text = "trap 'echo asked; exit 0' TERM; echo ready; while true; do sleep 1; done";
    let start = Instant::now();
    let job = script_in_busybox(&desk, "params: {MARK: container-asked}", text);
    let seen = job.stopped_at("ready").run();
    assert_eq!(seen.status, Status::Aborted);
    assert!(seen.log.contains("asked") && start.elapsed() < Duration::from_secs(9), "{}", seen.log);
    assert_eq!(processes_with("MARK=container-asked"), Vec::<u32>::new());
}

#[test]
fn a_container_that_ignores_the_question_is_gone_after_ten_seconds() {
    let Some(desk) = Desk::of_containers() else { return };
    let text = "trap '' TERM HUP INT; (sleep 300 &) ; echo ready; while true; do sleep 1; done";
    let steps = script("ignores-all", Some("image"), "params: {MARK: container-ignores}", text);
    let start = Instant::now();
    let seen = in_busybox(&desk, &steps).0.stopped_at("ready").run();
    assert_eq!(seen.status, Status::Aborted);
    assert!(start.elapsed() > Duration::from_secs(9) && start.elapsed() < Duration::from_secs(20));
    assert_eq!(processes_with("MARK=container-ignores"), Vec::<u32>::new());
    assert_eq!(control_groups_with("ignores-all"), Vec::<String>::new());
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(desk.folder.path().to_str().unwrap()), "{mounts}");
}

#[test]
fn what_a_container_leaves_running_ends_with_it() {
    let Some(desk) = Desk::of_containers() else { return };
    let text = "(trap '' TERM HUP; sleep 300 &); echo started";
    let seen = script_in_busybox(&desk, "params: {MARK: container-left}", text).run();
    seen.succeeded();
    assert_eq!(processes_with("MARK=container-left"), Vec::<u32>::new());
}

/// Returns the control groups of this machine that have a word in their name.
pub(crate) fn control_groups_with(word: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("/sys/fs/cgroup")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            if entry.file_name().to_string_lossy().contains(word) {
                found.push(entry.path().display().to_string());
            }
            folders.push(entry.path());
        }
    }
    found
}
