//! `quayside task`, with the flags of `fly execute`.

use crate::desk::Desk;

const TASK: &str = "
platform: linux
inputs: [{name: src}, {name: extra, optional: true}]
outputs: [{name: out}]
params: {WORD: own, CODE: '0'}
run: {path: sh, args: [-c, 'echo $WORD $0 $1; cat src/file; cp src/file out/copy; exit $CODE']}
";

fn desk() -> Desk {
    let desk = Desk::with(
        "
resources:
- {name: repo, type: mock, source: {create_files: {file: of the job}}}
jobs:
- {name: build, plan: [{get: repo}]}
",
    );
    desk.write("task.yml", TASK);
    desk.write("folder/file", "of the folder");
    desk
}

const TASK_LINE: &str = "task -c task.yml --runtime process";

#[test]
fn a_task_runs_with_folders_and_arguments() {
    let desk = desk();
    desk.quayside(&format!("{TASK_LINE} -i src=folder -o out=result -- zero one"))
        .ended(0)
        .said(&["task one-off | own zero one", "task one-off | of the folder"]);
    assert_eq!(desk.read("result/copy").as_deref(), Some("of the folder"));
}

#[test]
fn params_come_from_the_environment_and_the_status_is_the_tasks() {
    let desk = desk().environment("WORD", "given").environment("CODE", "42").environment("OTHER", "no");
    let line = format!("{TASK_LINE} -i src=folder -o out=result");
    desk.quayside(&line).ended(42).said(&["given", "exit status 42"]);
    assert_eq!(desk.read("result/copy").as_deref(), Some("of the folder"));
}

#[test]
fn inputs_come_from_a_job() {
    let line = format!("{TASK_LINE} -j build --pipeline-config pipeline.yml -m src=repo");
    desk().quayside(&line).ended(0).said(&["get repo: succeeded", "task one-off | of the job"]);
}

#[test]
fn an_input_called_like_the_current_folder_is_it() {
    let desk = desk();
    let folder = desk.folder.path().file_name().unwrap().to_str().unwrap().to_owned();
    desk.write("task.yml", &TASK.replace("src", &folder));
    desk.write("file", "of this folder");
    desk.quayside(TASK_LINE).ended(0).said(&["task one-off | of this folder"]);
}

#[test]
fn a_folder_around_the_memory_is_not_taken() {
    let desk = desk();
    let line = format!("{TASK_LINE} --state folder/memory -i src=folder");
    desk.quayside(&line).ended(2).complained(&["`folder` holds what quayside remembers"]);
}

#[test]
fn mistakes_are_told_before_anything_runs() {
    let cases = [
        ("", "missing required input `src`"),
        ("-i none=folder", "unknown input `none`"),
        ("-i src=folder -o none=x", "unknown output 'none'"),
        ("-i src=task.yml", "`task.yml` is not a folder"),
        ("-i src", "has no name or no value"),
    ];
    for (flags, expected) in cases {
        let ended = desk().quayside(&format!("{TASK_LINE} {flags}"));
        assert_eq!(ended.code, 2, "{flags}: {}", ended.stdout);
        assert!(ended.stderr.contains(expected), "{flags}: {}", ended.stderr);
    }
}
