//! Single steps: of a resource, and of a run that failed.

use crate::desk::Desk;

const PIPELINE: &str = "
resources:
- {name: image, type: mock, source: {initial_version: one, create_files: {file: text}}}
jobs:
- name: build
  plan:
  - get: image
  - load_var: word
    file: image/file
    reveal: true
  - task: make
    config: {platform: linux, outputs: [{name: out}], run: {path: sh, args: [-c, 'echo made > out/file']}}
  - task: use
    config:
      platform: linux
      inputs: [{name: out}, {name: image}]
      run: {path: sh, args: [-c, 'cat out/file; echo ((.:word)); exit 5']}
  - put: image
    params: {version: two}
";

#[test]
fn a_step_runs_again_with_what_there_was() {
    let desk = Desk::with(PIPELINE);
    let again = "again   quayside run build -c pipeline.yml --runtime process --step use --from 1";
    desk.run("build").ended(1).said(&["task use | made", "exit status 5", again]);
    desk.run("build --step use --from 1")
        .ended(1)
        .said(&["task use | made", "task use | text"])
        .kept_quiet(&["task make", "check image"]);
    desk.run("build --step none --from 1").ended(2).complained(&["has no step `none`"]);
    desk.run("build --step use --from 9").ended(2).complained(&["there is no run 9"]);
}

#[test]
fn puts_are_left_out_on_request() {
    let pipeline = PIPELINE.replace("; exit 5", "");
    for flags in ["--dry-run", "--skip put"] {
        let desk = Desk::with(&pipeline);
        let run = desk.run(&format!("build {flags} --version image=version:one"));
        run.ended(0).kept_quiet(&["version:two"]).said(&["left out"]);
    }
}

#[test]
fn steps_of_resources_run_alone() {
    let desk = Desk::with(PIPELINE);
    let checked = desk.quayside("check image -c pipeline.yml").ended(0);
    assert_eq!(checked.stdout, "{\"version\":\"one\"}\n");
    desk.quayside("get image into -c pipeline.yml").ended(0);
    assert_eq!(desk.read("into/version").as_deref(), Some("one"));
    desk.quayside("get image into -c pipeline.yml --version version:seven").ended(0);
    assert_eq!(desk.read("into/version").as_deref(), Some("seven"));
    desk.write("folder/version", "eight");
    let mut put = desk.command("put image -c pipeline.yml -i made=folder --params");
    let put = put.arg("file: made/version").output().unwrap();
    assert!(String::from_utf8_lossy(&put.stdout).contains("version:eight"), "{put:?}");
    desk.quayside("check none -c pipeline.yml").ended(2).complained(&["no resource `none`", "it has image"]);
}
