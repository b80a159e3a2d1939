//! Folders that go in and out.

use std::process::Command;

use crate::desk::Desk;

const PIPELINE: &str = "
resources:
- {name: src, type: git, source: {uri: https://example.invalid/team/app.git}}
jobs:
- name: build
  plan:
  - get: src
  - task: build
    config:
      platform: linux
      inputs: [{name: src}]
      outputs: [{name: out}]
      run: {path: sh, args: [-c, 'ls src; cp src/file out/copy; exit ${CODE:-0}']}
      params: {CODE: ((code))}
";

fn git(desk: &Desk, line: &str) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=A", "-c", "user.email=a@example.com"]).args(line.split(' '));
    let output = command.current_dir(desk.folder.path()).output().unwrap();
    assert!(output.status.success(), "git {line}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_folder_stands_in_for_a_get_and_an_artifact_comes_out() {
    let desk = Desk::with(PIPELINE);
    desk.write("app/file", "content");
    desk.run("build -v code=0 -i src=app -o out=result").ended(0);
    assert_eq!(desk.read("result/copy").as_deref(), Some("content"));
    assert_eq!(desk.read("app/copy"), None);
}

#[test]
fn artifacts_of_a_failed_run_come_out_too() {
    let desk = Desk::with(PIPELINE);
    desk.write("app/file", "content");
    desk.run("build -v code=4 -i src=app -o out=result").ended(1).said(&["exit status 4"]);
    assert_eq!(desk.read("result/copy").as_deref(), Some("content"));
}

#[test]
fn the_working_tree_is_the_repository_with_what_is_not_committed() {
    let desk = Desk::with(PIPELINE);
    desk.write(".gitignore", "ignored\nhome\n");
    desk.write("file", "committed");
    git(&desk, "init --quiet");
    git(&desk, "remote add origin git@example.invalid:team/app.git");
    git(&desk, "add .");
    git(&desk, "commit --quiet -m first");
    desk.write("file", "changed");
    desk.write("ignored", "x");
    desk.write("untracked", "x");
    desk.run("build -v code=0 -o out=result").ended(0).said(&["untracked"]).kept_quiet(&["ignored"]);
    assert_eq!(desk.read("result/copy").as_deref(), Some("changed"));
}
