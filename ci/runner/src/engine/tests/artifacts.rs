//! What artifacts there are, and who sees them.

use super::pretend::{plan, tasks};
use crate::engine::Skips;
use crate::outcome::Status;

const MAKE: &str =
    "{task: make, config: {platform: linux, run: {path: HOW, args: [hi]}, outputs: [{name: out}]}}";
const USE: &str = "{task: use, config: {platform: linux, run: {path: ok}, inputs: [{name: out}]}}";

#[tokio::test(start_paused = true)]
async fn outputs_are_there_also_when_the_task_failed() {
    for (how, status) in
        [("write", Status::Succeeded), ("fail", Status::Succeeded), ("error", Status::Succeeded)]
    {
        let text = format!("plan: [{{try: {}}}, {USE}]", MAKE.replace("HOW", how));
        assert_eq!(plan(&text).run().await.status, status, "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_input_is_an_error_before_anything_runs() {
    let seen = plan(&format!("plan: [{USE}]")).run().await;
    assert_eq!((seen.status, seen.problem.as_deref()), (Status::Errored, Some("missing inputs: out")));
    assert!(seen.pretender.executor().tasks.borrow().is_empty());
    let optional = USE.replace("name: out", "name: out, optional: true");
    assert_eq!(plan(&format!("plan: [{optional}]")).run().await.status, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn what_across_makes_stays_in_its_iteration() {
    let inner = format!("{{do: [{}, {USE}]}}", MAKE.replace("HOW", "write"));
    let across = inner.replacen('{', "{across: [{var: v, values: [1, 2]}], ", 1);
    let seen = plan(&format!("plan: [{across}, {USE}]")).run().await;
    assert_eq!(seen.status, Status::Errored);
    assert_eq!(seen.ended.iter().filter(|line| *line == "task use succeeded").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn mappings_rename_between_task_and_build() {
    let text = "plan: [{task: make, output_mapping: {out: built}, config: {platform: linux, run: {path: ok}, \
                outputs: [{name: out}]}}, {task: use, input_mapping: {src: built}, config: {platform: linux, run: \
                {path: ok}, inputs: [{name: src, path: a/b}]}}]";
    let seen = plan(text).run().await;
    assert_eq!(seen.status, Status::Succeeded, "{:?}", seen.problem);
    let tasks = seen.pretender.executor().tasks.borrow();
    assert!(tasks[1].inputs[0].0.ends_with("/a/b"), "{:?}", tasks[1].inputs);
    assert!(seen.ran.artifacts.contains_key("built") && !seen.ran.artifacts.contains_key("out"));
}

#[tokio::test(start_paused = true)]
async fn a_put_sees_the_artifacts_that_its_params_name() {
    let make = "{task: m, config: {platform: linux, run: {path: ok}, outputs: [{name: one}, {name: two}]}}";
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        ("params: {file: one/x, deep: [{y: ./two}]}", &["one", "two"]),
        ("params: {file: /one/x}", &[]),
        ("params: {file: ((dir))/x}", &[]),
        ("inputs: all", &["one", "two"]),
        ("inputs: [two]", &["two"]),
        ("inputs: none", &[]),
    ];
    for (settings, expected) in cases {
        let text = format!("plan: [{make}, {{put: r, {settings}}}]");
        let seen = plan(&text).secrets("{dir: one}").run().await;
        assert_eq!(seen.status, Status::Succeeded, "{settings}: {:?}", seen.problem);
        let puts = seen.pretender.executor().puts.borrow();
        let names: Vec<&str> = puts[0].inputs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, *expected, "{settings}");
    }
    let seen = plan(&format!("plan: [{make}, {{put: r, inputs: [three]}}]")).run().await;
    assert_eq!(seen.problem.as_deref(), Some("input not found: three"));
}

#[tokio::test(start_paused = true)]
async fn a_get_follows_a_put_with_its_version() {
    let seen = plan("plan: [{put: r, get_params: {x: 1}}]").run().await;
    assert_eq!(seen.ended, ["put r succeeded", "get r succeeded"]);
    let get = seen.pretender.executor().gets.borrow()[0].clone();
    assert_eq!(get.version.to_string(), "v:made");
    assert_eq!(get.params, Some(serde_json::json!({"x": 1})));
    assert_eq!(seen.ran.made[0].resource, "r");
    let seen = plan("plan: [{put: r, no_get: true}]").run().await;
    assert_eq!(seen.ended, ["put r succeeded"]);
    assert!(seen.ran.artifacts.is_empty());
    let seen = plan("plan: [{put: r, get_params: {do: fail}}]").run().await;
    assert_eq!((seen.status, seen.ran.made.len()), (Status::Failed, 1), "what was made stays made");
}

#[tokio::test(start_paused = true)]
async fn steps_can_be_left_out() {
    let text = tasks("plan: [{a!fail}, {put: r, params: {do: fail}}, {b!ok}]");
    let skips = Skips { puts: true, names: ["a".to_owned()].into() };
    let seen = plan(&text).skips(skips).run().await;
    assert_eq!(seen.status, Status::Succeeded);
    assert_eq!(seen.ended, ["task a skipped", "put r skipped", "get r skipped", "task b succeeded"]);
}

#[tokio::test(start_paused = true)]
async fn images_of_types_are_fetched_down_to_the_base() {
    let rest = "resources: [{name: r, type: mine, source: {x: 1}}]\nresource_types: [{name: mine, type: mine, \
                defaults: {z: 2}, source: {repository: a}}]";
    let seen = plan("plan: [{get: r}]").with(rest).input("r", "v:7").run().await;
    assert_eq!(seen.status, Status::Succeeded, "{:?}", seen.problem);
    let gets = seen.pretender.executor().gets.borrow();
    assert_eq!((gets[0].name.as_str(), gets[0].version.to_string().as_str()), ("mine", "v:2"));
    assert_eq!(gets[1].resource.source, serde_json::json!({"z": 2, "x": 1}));
    assert!(seen.log.contains("by mine\nby image mine"), "{}", seen.log);
}

#[tokio::test(start_paused = true)]
async fn a_type_that_the_executor_brings_along_needs_no_image() {
    let rest = "resources: [{name: r, type: ours, source: {x: 1}}]\nresource_types: [{name: ours, type: base, \
                defaults: {z: 2}, source: {check: fail}}]";
    let seen = plan("plan: [{get: r}]").with(rest).input("r", "v:7").run().await;
    assert_eq!(seen.status, Status::Succeeded, "{:?}", seen.problem);
    assert!(seen.log.contains("by ours"), "{}", seen.log);
    let gets = seen.pretender.executor().gets.borrow();
    assert_eq!(
        gets[0].resource.source,
        serde_json::json!({"z": 2, "x": 1}),
        "defaults of the type count still"
    );
}

#[tokio::test(start_paused = true)]
async fn a_check_is_told_as_a_step() {
    let cases = [
        ("{}", "check r succeeded"),
        ("{check: fail}", "check r failed"),
        ("{x: ((no))}", "check r errored"),
    ];
    for (source, ended) in cases {
        let rest = format!("resources: [{{name: r, type: base, source: {source}}}]");
        assert_eq!(plan("plan: [{get: r}]").with(&rest).check("r").await, [ended]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_without_versions_is_an_error() {
    let cases = [("nothing", "version is missing from previous step"), ("fail", "image check failed")];
    for (check, problem) in cases {
        let text = format!(
            "plan: [{{task: t, config: {{platform: linux, image_resource: {{type: base, source: {{check: {check}}}}}, \
             run: {{path: ok}}}}}}]"
        );
        assert_eq!(plan(&text).run().await.problem.as_deref(), Some(problem));
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_without_command_runs_what_its_image_says() {
    let text = "plan: [{task: t, config: {platform: linux, image_resource: {type: base, source: {}}, run: {args: \
                [and more]}}}]";
    let seen = plan(text).run().await;
    assert_eq!(seen.log.lines().last(), Some("from image and more"), "{}", seen.log);
    let seen = plan("plan: [{task: t, config: {platform: linux}}]").run().await;
    assert!(seen.problem.unwrap().starts_with("No executable defined for task."));
}
