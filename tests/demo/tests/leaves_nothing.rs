//! Whatever ends the demo, and whenever: no process, no mount and no folder of it stays.
//!
//! All that the demo makes lies in a folder for temporary files that each test gives it, so its processes are known by
//! that folder's name, in their command line or their environment.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use acceptance::program;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use stack::{Folder, children_of, processes_with};

/// Generous: other tests run beside, also those that build.
const LIMIT: Duration = Duration::from_secs(240);

/// Who is ended, and how.
enum End {
    /// Ctrl-C in a terminal goes to all processes there.
    All(Signal),
    /// `kill` of the demo, or its terminal is closed.
    Supervisor(Signal),
    /// The process that plays is killed outright.
    Player,
}

#[test]
fn ctrl_c_while_an_image_is_on_its_way() {
    leaves_nothing("image", "Fetched as a root filesystem", &End::All(Signal::INT));
}

#[test]
fn the_player_is_killed_with_a_database_running() {
    leaves_nothing("secret", "A user of the database", &End::Player);
}

#[test]
fn the_player_is_killed_during_a_build() {
    leaves_nothing("path", "task build", &End::Player);
}

#[test]
fn the_demo_is_told_to_end_during_a_deployment() {
    leaves_nothing("path", "put staging", &End::Supervisor(Signal::TERM));
}

#[test]
fn the_terminal_is_closed_while_a_commit_is_promoted() {
    leaves_nothing("path", "put release", &End::Supervisor(Signal::HUP));
}

#[test]
fn ctrl_c_while_servers_start() {
    leaves_nothing("path", "from a commit to production", &End::All(Signal::INT));
}

fn leaves_nothing(scene: &str, moment: &str, end: &End) {
    let place = Folder::new("demo");
    let place = place.path();
    share_ports(place);
    let (mut demo, lines) = start(scene, place);
    let said = wait_for(&lines, moment);
    let id = demo.id();
    match end {
        // It may have come to its end meanwhile.
        End::All(signal) => {
            let _ = kill_process_group(pid(id), *signal);
        }
        End::Supervisor(signal) => {
            let _ = kill_process(pid(id), *signal);
        }
        End::Player => {
            let players = children_of(id).into_iter().filter(|child| command_line(*child).contains("--play"));
            for player in players {
                let _ = kill_process(pid(player), Signal::KILL);
            }
        }
    }
    let status = wait_for_end(&mut demo);
    assert!(!status.success(), "it played to its end: {status}\n{said}");

    let mark = place.to_str().expect("a path of letters");
    let left: Vec<String> = processes_with(mark).into_iter().map(command_line).collect();
    assert!(left.is_empty(), "still running: {left:#?}");
    let mounted: Vec<u32> = all_processes().filter(|id| sees_mount(*id, mark)).collect();
    assert!(mounted.is_empty(), "still mounted for {mounted:?}");
    assert_eq!(entries(place), ["quayside-stack"]);
    assert_eq!(entries(&place.join("quayside-stack")), ["ports"]);
}

/// Lets the demo know which ports other tests have.
fn share_ports(place: &Path) {
    let ports = std::env::temp_dir().join("quayside-stack/ports");
    fs::create_dir_all(&ports).unwrap();
    fs::create_dir(place.join("quayside-stack")).unwrap();
    symlink(ports, place.join("quayside-stack/ports")).unwrap();
}

/// Starts the demo, with the programs of this workspace beside it.
fn start(scene: &str, place: &Path) -> (Child, Receiver<String>) {
    for name in ["quay-image", "helm-release", "vault-secret", "quayside"] {
        program(name);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.arg(scene).env("TMPDIR", place).env("HELM4", stack::binary("helm4")).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut demo = command.spawn().expect("the demo can be started");
    let (sender, receiver) = channel();
    let output = BufReader::new(demo.stdout.take().expect("a pipe"));
    // Read to its end, or the demo would wait for us.
    std::thread::spawn(move || {
        output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line).or(Ok::<(), ()>(())))
    });
    (demo, receiver)
}

/// Waits until a line says that the moment has come; returns what was said until then.
fn wait_for(lines: &Receiver<String>, moment: &str) -> String {
    let mut said = String::new();
    loop {
        let line = lines.recv_timeout(LIMIT);
        let line = line.unwrap_or_else(|_| panic!("`{moment}` was not said in\n{said}"));
        said += &format!("{line}\n");
        if line.contains(moment) {
            return said;
        }
    }
}

fn wait_for_end(demo: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = demo.try_wait().expect("our child") {
            return status;
        }
        if started.elapsed() > LIMIT {
            let _ = demo.kill();
            panic!("the demo does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Processes that see a mount below the folder, in whatever namespace.
fn sees_mount(id: u32, mark: &str) -> bool {
    fs::read_to_string(format!("/proc/{id}/mountinfo")).is_ok_and(|mounts| mounts.contains(mark))
}

fn all_processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A process that is gone has nothing to read.
fn command_line(id: u32) -> String {
    let content = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&content).replace('\0', " ")
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).expect("a process id")).expect("a process id")
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the test's own folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
