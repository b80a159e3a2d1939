//! Which versions a job takes.

use crate::desk::Desk;

const PIPELINE: &str = "
resources:
- {name: image, type: mock, source: {initial_version: newest}}
jobs:
- {name: build, plan: [{get: image}]}
- name: test
  plan:
  - {get: image, passed: [build]}
  - {task: show, config: {platform: linux, inputs: [{name: image}], run: {path: cat, args: [image/version]}}}
";

#[test]
fn what_passed_no_job_is_not_taken() {
    let desk = Desk::with(PIPELINE);
    desk.run("test")
        .ended(2)
        .said(&["`image`: no version of `image` has passed `build` here", "--assume-passed"]);
    desk.run("build").ended(0);
    desk.run("test").ended(0).said(&["task show | newest"]);
}

#[test]
fn versions_can_be_assumed_or_given() {
    let desk = Desk::with(PIPELINE);
    desk.run("test --assume-passed").ended(0).said(&["task show | newest"]);
    desk.run("test --version image=version:other").ended(0).said(&["task show | other"]);
    desk.run("test --version nothing=version:other")
        .ended(2)
        .complained(&["`test` gets nothing called `nothing`"]);
}

#[test]
fn a_check_that_fails_is_told() {
    let desk =
        Desk::with(&PIPELINE.replace("initial_version: newest", "check_failure: the registry is asleep"));
    desk.run("build").ended(2).said(&["the registry is asleep", "the check of `image` failed"]);
}
