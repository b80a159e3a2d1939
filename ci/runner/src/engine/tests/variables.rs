//! Where variables are filled in, and what with.

use super::pretend::plan;
use crate::outcome::Status;

fn print(text: &str) -> String {
    format!("{{task: t, config: {{platform: linux, run: {{path: print, args: [\"{text}\"]}}}}}}")
}

#[tokio::test(start_paused = true)]
async fn run_time_variables_come_from_credentials_and_local_ones() {
    let cases = [
        ("((x))", "{x: from-secrets}", Ok("from-secrets-of-all")),
        ("((m.f))", "{m: {f: field}}", Ok("field")),
        ("((gone)) ((also))", "{}", Err("failed to interpolate task config: undefined vars: also, gone")),
        ("(( x ))", "{}", Ok("(( x ))")),
    ];
    for (text, secrets, expected) in cases {
        let seen = plan(&format!("plan: [{}]", print(text))).secrets(secrets).run().await;
        match expected {
            Ok("from-secrets-of-all") => assert_eq!(seen.log, "((redacted))\n"),
            Ok("field") => assert_eq!(seen.log, "((redacted))\n"),
            Ok(line) => assert_eq!(seen.log, format!("{line}\n")),
            Err(problem) => assert_eq!(seen.problem.as_deref(), Some(problem), "{text}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn load_var_reads_files_of_artifacts() {
    let load = |settings: &str, text: &str, show: &str| {
        format!(
            "plan: [{{get: r, params: {{text: {text}}}}}, {{load_var: v, file: r/version{settings}}}, {}]",
            print(show)
        )
    };
    let cases = [
        (load(", reveal: true", "' 1.2 '", "((.:v))"), Ok("1.2")),
        (load(", reveal: true, format: raw", "' 1.2 '", "<((.:v))>"), Ok("< 1.2 >")),
        (load(", reveal: true, format: json", "'{\"a\": 1.50}'", "x((.:v.a))"), Ok("x1.50")),
        (load("", "hidden-by-load-var", "((.:v))"), Ok("((redacted))")),
        (load(", format: json", "'{'", "x"), Err("failed to parse r/version in format json: ")),
        (load(", format: toml", "'{'", "x"), Err("invalid format toml")),
        (load("", "x", "x").replace("r/version", "r/gone"), Err("file 'gone' not found within artifact 'r'")),
        (
            load("", "x", "x").replace("r/version", "q/x"),
            Err("unknown artifact source: 'q' in file path 'x'"),
        ),
        (load("", "x", "x").replace("r/version", "r"), Err("file 'r' does not specify where the file lives")),
    ];
    for (text, expected) in cases {
        let seen = plan(&text).input("r", "v:1").run().await;
        match expected {
            Ok(line) => assert_eq!(seen.log.lines().last(), Some(line), "{text}: {:?}", seen.problem),
            Err(problem) => {
                assert_eq!(seen.status, Status::Errored, "{text}");
                assert!(seen.problem.clone().unwrap().starts_with(problem), "{text}: {:?}", seen.problem);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn facts_about_a_version_are_a_local_variable() {
    let seen = plan(&format!("plan: [{{get: r}}, {}]", print("((.:r.which))"))).input("r", "v:9").run().await;
    assert_eq!(seen.log.lines().last(), Some("v:9"), "{:?}", seen.problem);
}

#[tokio::test(start_paused = true)]
async fn local_variables_of_an_iteration_end_with_it() {
    let text = format!(
        "plan: [{{across: [{{var: v, values: [1]}}], {}, {}]",
        print("one ((.:v))").trim_start_matches('{'),
        print("((.:v))")
    );
    let seen = plan(&text).run().await;
    assert_eq!(seen.status, Status::Errored);
    assert_eq!(seen.problem.as_deref(), Some("failed to interpolate task config: undefined vars: .:v"));
}

const FILE: &str =
    "'{platform: linux, params: {A: a, B: \"[[b]]\"}, run: {path: print, args: [\"[[x]]\", \"[[b]]\"]}}'";

#[tokio::test(start_paused = true)]
async fn a_task_file_takes_vars_and_params_of_its_step() {
    let step = |settings: &str| {
        format!("plan: [{{get: r, params: {{text: {FILE}}}}}, {{task: t, file: r/version, {settings}}}]")
    };
    let cases = [
        ("vars: {x: one, b: two}", Ok("one two")),
        ("vars: {x: ((.:r.which)), b: two}", Ok("v:1 two")),
        ("vars: {x: one}", Err("failed to interpolate task config: undefined vars: b")),
    ];
    for (settings, expected) in cases {
        let seen = plan(&step(settings)).input("r", "v:1").run().await;
        match expected {
            Ok(line) => assert_eq!(seen.log.lines().last(), Some(line), "{settings}: {:?}", seen.problem),
            Err(problem) => assert_eq!(seen.problem.as_deref(), Some(problem), "{settings}"),
        }
    }
    let seen = plan(&step("vars: {x: '1', b: '2'}, params: {A: over, C: new}")).input("r", "v:1").run().await;
    assert!(
        seen.log.contains("[WARNING] C was defined in pipeline but missing from task file\n"),
        "{}",
        seen.log
    );
    let tasks = seen.pretender.executor().tasks.borrow();
    let environment: Vec<String> =
        tasks[0].environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(environment, ["A=over", "B=2", "C=new"]);
}

#[tokio::test(start_paused = true)]
async fn set_pipeline_shows_what_would_be_set() {
    let pipeline = "'{jobs: [{name: \"[[name]]\", plan: [{get: r}]}], resources: [{name: r, type: git}]}'";
    let step = |settings: &str, text: &str| {
        format!("plan: [{{get: r, params: {{text: {text}}}}}, {{set_pipeline: other, {settings}}}]")
    };
    let cases = [
        ("file: r/version, vars: {name: built}", pipeline, Status::Succeeded, "job built has been added"),
        ("file: r/version", "'{jobs: []}'", Status::Failed, "invalid pipeline:"),
        ("file: r/version", "'{jobs: 5}'", Status::Failed, "error parsing pipeline:"),
        ("file: r/version", "'{a: 1, a: 2}'", Status::Failed, "mapping key \"a\" already defined at line 1"),
        ("file: r/gone", "x", Status::Errored, "file 'gone' not found within artifact 'r'"),
    ];
    for (settings, text, status, line) in cases {
        let seen = plan(&step(settings, text)).input("r", "v:1").run().await;
        assert_eq!(seen.status, status, "{settings} {text}: {}", seen.log);
        assert!(seen.log.contains(line), "{settings} {text}: {}", seen.log);
    }
}

#[tokio::test(start_paused = true)]
async fn each_instance_of_a_pipeline_is_one_of_its_own() {
    let pipeline = "'{jobs: [{name: job, plan: []}]}'";
    let cases = [
        (
            "other, instance_vars: {branch: main, pr: 7}",
            "the pipeline `other/branch:main,pr:7`",
            "in other/branch:main,pr:7.yml",
        ),
        (
            "other, instance_vars: {branch: feature/x}",
            "the pipeline `other/branch:\"feature/x\"`",
            "feature/x",
        ),
        ("other, team: them", "the pipeline `other`", "in them: other.yml"),
        ("other, team: main", "the pipeline `other`", "in other.yml"),
    ];
    for (settings, shown, kept) in cases {
        let steps = format!(
            "plan: [{{get: r, params: {{text: {pipeline}}}}}, {{set_pipeline: {settings}, file: r/version}}]"
        );
        let seen = plan(&steps).input("r", "v:1").run().await;
        assert_eq!(seen.status, Status::Succeeded, "{settings}: {}", seen.log);
        assert!(seen.log.contains(shown) && seen.log.contains(kept), "{settings}: {}", seen.log);
    }
}

#[tokio::test(start_paused = true)]
async fn a_get_without_version_never_runs() {
    let seen = plan("plan: [{get: r}]").run().await;
    assert_eq!(seen.status, Status::Errored);
}
