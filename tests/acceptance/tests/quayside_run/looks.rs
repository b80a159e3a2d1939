//! Looking at runs: the list, the logs, the insides of a failed step.

use crate::desk::Desk;

const PIPELINE: &str = "
jobs:
- name: build
  plan:
  - task: one
    config: {platform: linux, run: {path: echo, args: [first]}}
  - task: two
    config: {platform: linux, outputs: [{name: out}], params: {NAME: value}, run: {path: sh, args: [-c, 'echo second; touch out/left; exit 6']}}
- name: good
  plan:
  - task: fine
    config: {platform: linux, run: {path: echo, args: [fine]}}
";

#[test]
fn runs_are_listed_and_their_logs_kept() {
    let desk = Desk::with(PIPELINE);
    desk.run("build").ended(1);
    desk.run("good").ended(0);
    desk.quayside("runs").ended(0).said(&["failed", "job build of", "succeeded", "job good"]);
    desk.quayside("logs 1").ended(0).said(&["task one | first", "task two | second"]);
    desk.quayside("logs 1 two").ended(0).said(&["task two | second"]).kept_quiet(&["task one | first"]);
    desk.quayside("logs 1 three").ended(2).complained(&["has no step `three`"]);
    desk.quayside("logs 9").ended(2).complained(&["no log of a run 9"]);
    let listed = desk.quayside("runs --json").ended(0).stdout;
    let newest: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!((&newest["job"], &newest["status"]), (&"good".into(), &"succeeded".into()));
}

#[test]
fn a_failed_step_can_be_looked_into() {
    let desk = Desk::with(PIPELINE);
    desk.run("build").ended(1);
    desk.quayside("intercept two -- ls out").ended(0).said(&["left"]);
    let mut command = desk.command("intercept --run 1 two -- sh -c");
    let output = command.arg("echo $NAME; exit 7").output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "value");
    desk.quayside("intercept fine -- ls").ended(2).complained(&["kept a step `fine` to look into"]);
}

#[test]
fn machines_get_a_line_for_each_thing_that_happens() {
    let desk = Desk::with(PIPELINE);
    let told = desk.run("build --json").ended(1).stdout;
    let events: Vec<serde_json::Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect();
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names.first(), Some(&"run_started"));
    assert_eq!(names.last(), Some(&"run_finished"));
    assert_eq!(events.last().unwrap()["status"], "failed");
    assert!(events.iter().any(|event| event["exit_status"] == 6), "{told}");
}
