//! Steps that are stopped, and what is left of them: nothing.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use runner::outcome::Status;
use rustix::process::{Pid, Signal, kill_process};
use stack::{children_of, processes_with};

use crate::again;
use crate::containers::{control_groups_with, script_in_busybox};
use crate::desk::{Desk, script};

#[test]
fn an_abort_asks_first() {
    let desk = Desk::of_processes();
    let text = "trap 'echo asked; exit 0' TERM; echo ready; sleep 60 & wait";
    let start = Instant::now();
    let seen =
        desk.plan(&script("t", None, "params: {MARK: abort-asks-first}", text)).stopped_at("ready").run();
    assert_eq!(seen.status, Status::Aborted);
    assert!(seen.log.contains("asked"), "{}", seen.log);
    assert!(start.elapsed() < Duration::from_secs(9));
    assert_eq!(processes_with("MARK=abort-asks-first"), Vec::<u32>::new());
}

#[test]
fn who_ignores_the_question_is_killed_after_ten_seconds() {
    let desk = Desk::of_processes();
    let text = "trap '' TERM; echo ready; while true; do sleep 1; done";
    let start = Instant::now();
    let seen = desk.plan(&script("t", None, "params: {MARK: abort-ignored}", text)).stopped_at("ready").run();
    assert_eq!(seen.status, Status::Aborted);
    let took = start.elapsed();
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(15), "{took:?}");
    assert_eq!(processes_with("MARK=abort-ignored"), Vec::<u32>::new());
}

#[test]
fn a_step_whose_time_is_over_has_failed() {
    let desk = Desk::of_processes();
    let plan = script("t", None, "", "sleep 60") + "    timeout: 1s\n";
    let seen = desk.plan(&plan).run();
    assert_eq!(seen.status, Status::Failed);
    assert!(seen.log.contains("timeout exceeded"), "{}", seen.log);
}

#[test]
fn what_a_task_leaves_running_ends_with_it() {
    let desk = Desk::of_processes();
    let text = "(trap '' TERM HUP; setsid sleep 77 & ) ; setsid sh -c 'sleep 77 &'; echo started";
    let seen = desk.plan(&script("t", None, "params: {MARK: left-running}", text)).run();
    seen.succeeded();
    assert_eq!(processes_with("MARK=left-running"), Vec::<u32>::new());
}

#[test]
fn mounts_go_with_the_step() {
    let desk = Desk::of_processes();
    let given = desk.artifact("given", &[("file", "x")]);
    let plan = "  - get: r\n".to_owned() + &script("t", None, "inputs: [{name: r}]", "echo ready; sleep 60");
    desk.plan(&plan).folder("r", given).stopped_at("ready").run();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(desk.folder.path().to_str().unwrap()), "{mounts}");
}

/// Runs a job of a test in a second process, kills that once a process with this word is there, and waits until there
/// is none any more.
fn killed_with(test: &str, word: &str) {
    let mut second = again::command(test).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the step runs", || !processes_with(word).is_empty());
    second.kill().unwrap();
    second.wait().unwrap();
    wait_until("the step is gone", || processes_with(word).is_empty());
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(90), "waited for long until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const UNWILLING: &str = "trap '' TERM HUP; (sleep 300 &); while true; do sleep 1; done";

#[test]
fn a_step_goes_with_who_was_killed() {
    if again::is_second() {
        Desk::of_processes().plan(&script("t", None, "params: {MARK: process-orphan}", UNWILLING)).run();
        return;
    }
    killed_with("aborts::a_step_goes_with_who_was_killed", "MARK=process-orphan");
}

#[test]
fn a_container_goes_with_who_was_killed() {
    let Some(desk) = Desk::of_containers() else { return };
    if again::is_second() {
        script_in_busybox(&desk, "params: {MARK: container-orphan}", UNWILLING).named("orphaned").run();
        return;
    }
    killed_with("aborts::a_container_goes_with_who_was_killed", "MARK=container-orphan");
    wait_until("its control groups are gone", || control_groups_with("orphaned").is_empty());
}

/// Where the second process of a test has its home, so that the first finds it.
const SECOND_HOME: &str = "QUAYSIDE_TEST_SECOND_HOME";

#[test]
fn a_container_whose_keeper_was_killed_too_leaves_nothing_after_the_next_run() {
    let Some(mut desk) = Desk::of_containers() else { return };
    if again::is_second() {
        desk.home_elsewhere = std::env::var_os(SECOND_HOME).map(Into::into);
        script_in_busybox(&desk, "params: {MARK: keeper-orphan}", UNWILLING).named("keeperless").run();
        return;
    }
    let home = desk.home();
    let test = "aborts::a_container_whose_keeper_was_killed_too_leaves_nothing_after_the_next_run";
    let mut second = again::command(test);
    second.env(SECOND_HOME, desk.folder.path().join("home")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut second = second.spawn().unwrap();
    wait_until("the step runs", || !processes_with("MARK=keeper-orphan").is_empty());
    let keepers = children_of(second.id());
    assert!(!keepers.is_empty());
    for keeper in keepers {
        let keeper = Pid::from_raw(keeper.try_into().unwrap()).unwrap();
        kill_process(keeper, Signal::KILL).unwrap();
    }
    second.kill().unwrap();
    second.wait().unwrap();
    wait_until("the step is gone", || processes_with("MARK=keeper-orphan").is_empty());
    runner::local::remove_leftovers(&home.run_folder(1));
    assert_eq!(control_groups_with("keeperless"), Vec::<String>::new());
}
