//! What is refused by name before anything runs.

use crate::desk::Desk;

#[test]
fn what_cannot_be_imitated_is_refused() {
    let cases = [
        (
            "a prototype",
            "prototypes: [{name: p, type: mock}]\njobs: [{name: j, plan: [{run: build, type: p}]}]",
            "the step `run: build` sends a message to a prototype",
        ),
        (
            "another platform",
            "jobs: [{name: j, plan: [{task: t, config: {platform: windows, run: {path: x}}}]}]",
            "the task `t` is for windows",
        ),
        (
            "a credential manager that is not here",
            "var_sources: [{name: s, type: ssm, config: {region: eu}}]\njobs: [{name: j, plan: []}]",
            "the variable source `s` is of the type `ssm`",
        ),
        (
            "an invalid pipeline",
            "jobs: [{name: j, plan: [{get: none}]}]",
            "Concourse would refuse `pipeline.yml`",
        ),
        (
            "no such job",
            "jobs: [{name: other, plan: []}]",
            "the pipeline has no job `j`\n  help: it has other",
        ),
        ("a job that is misspelt", "jobs: [{name: jj, plan: []}]", "did you mean `jj`?"),
        ("no YAML", "jobs: [", "pipeline.yml:"),
    ];
    for (case, pipeline, expected) in cases {
        let ended = Desk::with(pipeline).run("j");
        assert_eq!(ended.code, 2, "{case}: {}", ended.stdout);
        assert!(ended.stderr.contains(expected), "{case}: {}", ended.stderr);
    }
}

#[test]
fn an_artifact_named_upwards_stays_inside() {
    let pipeline = "
jobs:
- name: j
  plan:
  - task: t
    config:
      platform: linux
      outputs: [{name: ../../escaped}]
      run: {path: sh, args: [-c, 'pwd']}
";
    let desk = Desk::with(pipeline);
    desk.run("j");
    assert_eq!(desk.read("escaped"), None);
    assert!(!desk.folder.path().parent().unwrap().join("escaped").exists());
}

#[test]
fn a_mistake_of_the_command_line_is_no_run() {
    let desk = Desk::with("resources: [{name: repo, type: mock}]\njobs: [{name: j, plan: [{get: repo}]}]");
    desk.run("j -i repo=nowhere").ended(2).complained(&["`nowhere` is not a folder"]);
    desk.run("j -i rpo=.").ended(2).complained(&["`j` gets nothing called `rpo`", "did you mean `repo`?"]);
    desk.run("j --version other=a:1").ended(2).complained(&["gets nothing called `other`", "it gets repo"]);
    desk.run("--all -i rpo=.").ended(2).complained(&["did you mean `repo`?"]);
    desk.run("--all -i repo=nowhere").ended(2).complained(&["`nowhere` is not a folder"]);
    assert_eq!(desk.quayside("runs").ended(0).stdout, "");
}

#[test]
fn names_cannot_write_to_the_terminal() {
    let desk = Desk::with(
        "jobs: [{name: \"j\\e[31m\\nx\", plan: [{task: \"t\\a\", config: {platform: linux, run: {path: echo, args: [hi]}}}]}]",
    );
    let mut command = desk.command("run -c pipeline.yml --runtime process");
    let run = command.arg("j\u{1b}[31m\nx").output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let listed = desk.quayside("runs").ended(0);
    let logs = desk.quayside("logs 1").ended(0);
    let misspelt = desk.run("none").ended(2);
    let all =
        [run.stdout, run.stderr, listed.stdout.into(), logs.stdout.into(), misspelt.stderr.into()].concat();
    assert!(
        !all.iter().any(|byte| byte.is_ascii_control() && *byte != b'\n'),
        "{}",
        String::from_utf8_lossy(&all)
    );
}

#[test]
fn a_memory_that_cannot_be_used_is_told_with_what_to_do() {
    let desk = Desk::with("jobs: [{name: j, plan: []}]");
    std::fs::write(desk.home.path().join("state.sqlite"), "this is no database, whatever it is called")
        .unwrap();
    for command in ["runs", "run j -c pipeline.yml"] {
        desk.quayside(command).ended(2).complained(&["file is not a database", "move `state.sqlite`"]);
    }
    desk.write("file", "");
    desk.run("j --state file").ended(2).complained(&["cannot use the folder `file`", "--state FOLDER"]);
    desk.run("j --state /proc/no/where").ended(2).complained(&["cannot use the folder", "--state FOLDER"]);
}

#[test]
fn several_runs_at_once_keep_apart() {
    let desk = Desk::with(
        "jobs: [{name: j, plan: [{task: t, config: {platform: linux, run: {path: echo, args: [hi]}}}]}]",
    );
    let start = |_| {
        let mut command = desk.command("run j -c pipeline.yml --runtime process");
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let started: Vec<_> = (0..6).map(start).collect();
    for mut run in started {
        assert!(run.wait().unwrap().success());
    }
    let listed = desk.quayside("runs").ended(0).stdout;
    let mut numbers: Vec<&str> = listed.lines().filter_map(|line| line.rsplit('#').next()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, ["1", "2", "3", "4", "5", "6"], "{listed}");
}
