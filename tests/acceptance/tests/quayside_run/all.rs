//! The whole pipeline, job by job.

use crate::desk::Desk;

const PIPELINE: &str = "
resources:
- {name: src, type: mock, source: {initial_version: one}}
- {name: image, type: mock, source: {}}
jobs:
- name: deploy
  plan:
  - {get: image, passed: [test], trigger: true}
  - task: deploy
    config: {platform: linux, inputs: [{name: image}], run: {path: cat, args: [image/version]}}
- name: build
  plan:
  - {get: src, trigger: true}
  - {put: image, params: {version: built}}
- name: test
  plan:
  - {get: image, passed: [build], trigger: true}
  - {get: src, passed: [build]}
- name: release
  plan:
  - {get: image, passed: [deploy]}
";

#[test]
fn jobs_run_in_turn_as_versions_pass() {
    let desk = Desk::with(PIPELINE);
    desk.run("--all").ended(0).said(&[
        "task deploy | built",
        "build: succeeded",
        "test: succeeded",
        "deploy: succeeded",
        "release: not run: nothing triggers it",
    ]);
    desk.run("--all").ended(0).said(&["build: not run: nothing is new to it"]).kept_quiet(&["task deploy"]);
    desk.run("--all release").ended(0).said(&["release: succeeded"]);
}

#[test]
fn a_failure_stops_what_comes_after_it() {
    let desk = Desk::with(&PIPELINE.replace("path: cat", "path: \"false\""));
    desk.run("--all release").ended(1).said(&[
        "deploy: failed",
        "test: succeeded",
        "release: not run: `image`: no version of `image` has passed `deploy` here",
    ]);
    // The run of the checks has a number too.
    let again = "deploy: not run: nothing is new to it since its last run, 4, which failed; again: quayside run deploy -c \
                 pipeline.yml --runtime process";
    desk.run("--all").ended(0).said(&[again, "build: not run: nothing is new to it\n"]);
    desk.run("deploy").ended(1);
}

#[test]
fn a_folder_goes_through_all_jobs() {
    let pipeline = "
resources:
- {name: src, type: git, source: {uri: https://example.invalid/app.git}}
jobs:
- name: build
  plan: [{get: src, trigger: true}]
- name: test
  plan:
  - {get: src, passed: [build], trigger: true}
  - {task: show, config: {platform: linux, inputs: [{name: src}], run: {path: cat, args: [src/file]}}}
";
    let desk = Desk::with(pipeline);
    desk.write("app/file", "from the folder\n");
    desk.run("--all -i src=app").ended(0).said(&["task show | from the folder", "test: succeeded"]);
    // The folder of another command is none of this one's versions.
    desk.run("test").ended(2).said(&["no version of `src` has passed `build` here"]);
}
