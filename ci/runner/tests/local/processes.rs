//! Tasks straight on this machine.

use std::fs;

use runner::outcome::Status;

use crate::desk::{Desk, script};

#[test]
fn inputs_are_copies_and_outputs_are_artifacts() {
    let desk = Desk::of_processes();
    let config = "inputs: [{name: r}]\noutputs: [{name: out}]\nparams: {WHO: me}";
    let plan = script("one", None, config, "cat r/file; echo changed > r/file; echo $WHO > out/who")
        + &script("two", None, "inputs: [{name: r}, {name: out}]", "cat r/file out/who");
    let given = desk.artifact("given", &[("file", "as it was\n")]);
    let seen = desk.plan(&("  - get: r\n".to_owned() + &plan)).folder("r", given.clone()).run();
    seen.succeeded();
    assert_eq!(seen.log.matches("as it was").count(), 2, "{}", seen.log);
    assert_eq!(seen.read("out", "who").as_deref(), Some("me\n"));
    assert_eq!(given.read("file").unwrap(), "as it was\n");
}

#[test]
fn an_output_at_an_inputs_path_starts_with_what_the_input_holds() {
    let desk = Desk::of_processes();
    let config = "inputs: [{name: r}]\noutputs: [{name: changed, path: r}]";
    let plan = "  - get: r\n".to_owned() + &script("t", None, config, "cat r/file; echo more >> r/file");
    let given = desk.artifact("given", &[("file", "one\n")]);
    let seen = desk.plan(&plan).folder("r", given.clone()).run();
    seen.succeeded();
    assert_eq!(seen.read("changed", "file").as_deref(), Some("one\nmore\n"));
    assert_eq!(given.read("file").unwrap(), "one\n");
}

#[test]
fn exit_status_and_missing_programs_are_told_apart() {
    let desk = Desk::of_processes();
    assert_eq!(desk.plan(&script("t", None, "", "exit 3")).run().status, Status::Failed);
    let plan = "  - {task: t, config: {platform: linux, run: {path: no-such-program}}}\n";
    let seen = desk.plan(plan).run();
    assert_eq!(seen.status, Status::Errored);
    assert!(seen.log.contains("cannot start `no-such-program`"), "{}", seen.log);
}

#[test]
fn a_task_has_a_terminal_of_a_workers_size() {
    let desk = Desk::of_processes();
    let seen = desk.plan(&script("t", None, "", "tty; stty size; test -t 1 && echo terminal")).run();
    seen.succeeded();
    assert!(seen.log.contains("/dev/pts/") && seen.log.contains("500 500\n"), "{}", seen.log);
    assert!(seen.log.contains("terminal\n"), "{}", seen.log);
}

#[test]
fn outputs_of_a_failed_task_are_there() {
    let desk = Desk::of_processes();
    let plan = script("t", None, "outputs: [{name: out}]", "echo x > out/file; exit 1");
    let seen = desk.plan(&plan).run();
    assert_eq!(seen.status, Status::Failed);
    assert_eq!(seen.read("out", "file").as_deref(), Some("x\n"));
}

#[test]
fn a_cache_stays_from_run_to_run() {
    let desk = Desk::of_processes();
    let plan =
        script("t", None, "caches: [{path: deps}]", "cat deps/count 2>/dev/null; echo again >> deps/count");
    assert!(!desk.plan(&plan).run().log.contains("again"));
    assert!(desk.plan(&plan).run().log.contains("again"));
    let alone = desk.plan(&plan).settings(|settings| settings.cache_owner = None).run();
    assert!(!alone.log.contains("again"), "{}", alone.log);
}

#[test]
fn what_goes_well_leaves_only_its_outputs() {
    let desk = Desk::of_processes();
    let config = "outputs: [{name: out}]";
    let plan = script("a", None, "", "echo x > scratch") + &script("b", None, config, "echo x > out/file");
    let seen = desk.plan(&plan).run();
    seen.succeeded();
    let steps: Vec<_> = fs::read_dir(seen.run_folder.join("steps")).unwrap().flatten().collect();
    let names: Vec<_> = steps.iter().map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["0001-task-b"]);
    let left: Vec<_> =
        fs::read_dir(steps[0].path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["outputs"]);
}

#[test]
fn an_artifact_named_upwards_stays_in_the_steps_folder() {
    let desk = Desk::of_processes();
    let plan = script("t", None, "outputs: [{name: ../x}]", "echo inside > x/file")
        + "  - {put: r, inputs: all, params: {file: ../x/file}}\n";
    let seen = desk.plan(&plan).run();
    assert_eq!(seen.read("../x", "file").as_deref(), Some("inside\n"), "{}", seen.log);
    assert!(!seen.run_folder.join("x").exists() && !seen.run_folder.join("steps/x").exists());
}

#[test]
fn a_path_outside_needs_a_container() {
    let desk = Desk::of_processes();
    let seen = desk.plan(&script("t", None, "outputs: [{name: out, path: /opt/out}]", "true")).run();
    assert_eq!(seen.status, Status::Errored);
    assert!(seen.log.contains("`/opt/out` is outside of the task's folder"), "{}", seen.log);
}

#[test]
fn another_platform_is_refused_by_name() {
    let desk = Desk::of_processes();
    let plan = "  - {task: t, config: {platform: windows, run: {path: x}}}\n";
    let seen = desk.plan(plan).run();
    assert_eq!(seen.status, Status::Errored);
    assert!(seen.log.contains("tasks for the platform `windows` cannot run here"), "{}", seen.log);
}

#[test]
fn what_only_a_container_has_is_said_to_be_left_out() {
    let desk = Desk::of_processes();
    let image = desk.image("{}");
    let task = script("t", Some("image"), "container_limits: {cpu: 5}", "true")
        .replace("run: {", "run: {user: ci, ")
        + "    hermetic: true\n";
    let resources = "resources: [{name: image, type: mock}]";
    let seen =
        desk.plan(&("  - get: image\n".to_owned() + &task)).resources(resources).folder("image", image).run();
    seen.succeeded();
    for what in ["image", "user", "container_limits", "hermetic"] {
        assert!(seen.log.contains(&format!("[WARNING] `{what}` is left out")), "{what}: {}", seen.log);
    }
    assert!(!seen.log.contains("`privileged`"), "{}", seen.log);
}

#[test]
fn two_executors_of_one_run_do_not_meet() {
    let desk = Desk::of_processes();
    let folder = desk.folder.path().join("same");
    for _ in 0..2 {
        let same = folder.clone();
        let job = desk.plan(&script("t", None, "", "exit 1"));
        let seen = job.settings(move |settings| settings.run_folder = same.clone()).run();
        assert_eq!(seen.status, Status::Failed, "{}", seen.log);
    }
    assert_eq!(runner::local::intercepted(&folder).unwrap().len(), 2);
}
