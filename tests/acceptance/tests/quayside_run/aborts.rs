//! Ctrl-C.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::desk::Desk;

const PIPELINE: &str = "
jobs:
- name: job
  plan:
  - task: long
    config: {platform: linux, run: {path: sh, args: [-c, 'echo pid=$$; sleep 1000']}}
    on_abort:
      task: after
      config: {platform: linux, run: {path: echo, args: [cleaned]}}
";

#[test]
fn the_first_stops_cleanly_and_runs_what_must_run() {
    let desk = Desk::with(PIPELINE);
    let mut command = desk.command("run job -c pipeline.yml --runtime process");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let process = loop {
        let line = lines.next().unwrap().unwrap();
        if let Some((_, process)) = line.split_once("pid=") {
            break process.trim().to_owned();
        }
    };
    let started = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("cleaned")), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("aborted after")), "{rest:?}");
    assert!(started.elapsed() < Duration::from_secs(60));
    assert!(!std::path::Path::new(&format!("/proc/{process}")).exists(), "the task still runs");
    desk.quayside("runs").said(&["aborted"]);
}

#[test]
fn a_run_that_was_killed_counts_as_aborted() {
    let desk = Desk::with(PIPELINE);
    let mut command = desk.command("run job -c pipeline.yml --runtime process");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("pid=") {}
    desk.quayside("runs").said(&["running"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !desk.quayside("runs").stdout.contains("aborted") {
        assert!(Instant::now() < deadline, "the run still counts as running");
    }
}
