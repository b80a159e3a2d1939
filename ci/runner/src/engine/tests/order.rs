//! `do`, `in_parallel`, `across`, `attempts`, `timeout`, `try`.

use std::time::Duration;

use super::pretend::{plan, tasks};
use crate::outcome::Status;

#[tokio::test(start_paused = true)]
async fn steps_combine_as_in_concourse() {
    use Status::{Errored, Failed, Succeeded};
    let cases: &[(&str, &str, Status, &[&str])] = &[
        ("an empty plan", "[]", Succeeded, &[]),
        (
            "do stops at the first failure",
            "[{a!ok}, {b!fail}, {c!ok}]",
            Failed,
            &["task a succeeded", "task b failed"],
        ),
        ("do stops at an error", "[{a!error}, {c!ok}]", Errored, &["task a errored"]),
        (
            "in_parallel goes on after a failure",
            "[{in_parallel: {limit: 1, steps: [{a!fail}, {b!ok}]}}, {c!ok}]",
            Failed,
            &["task a failed", "task b succeeded"],
        ),
        (
            "an error outranks a failure",
            "[{in_parallel: [{a!fail}, {b!error}]}]",
            Errored,
            &["task a failed", "task b errored"],
        ),
        (
            "fail_fast stops what runs and starts no more",
            "[{in_parallel: {fail_fast: true, limit: 2, steps: [{a!hang}, {b!fail}, {c!ok}]}}]",
            Failed,
            &["task b failed", "task a aborted"],
        ),
        (
            "try succeeds",
            "[{try: {a!fail}}, {try: {b!error}}]",
            Succeeded,
            &["task a failed", "task b errored"],
        ),
        (
            "a second attempt may succeed",
            "[{attempts: 3, a!flaky}]",
            Succeeded,
            &["task a failed", "task a succeeded"],
        ),
        (
            "an attempt follows an error too, and the last one counts",
            "[{attempts: 2, a!error}]",
            Errored,
            &["task a errored", "task a errored"],
        ),
        ("a task out of time has failed", "[{timeout: 1m, a!wait}]", Failed, &["task a failed"]),
        (
            "each attempt has its own time",
            "[{attempts: 2, timeout: 1m, a!wait}]",
            Failed,
            &["task a failed", "task a failed"],
        ),
        (
            "a step that starts after its time counts as an error, which `timeout` makes a failure",
            "[{timeout: 1m, do: [{try: {a!wait}}, {b!ok}]}]",
            Failed,
            &["task a failed", "task b errored"],
        ),
        ("a timeout that is none", "[{timeout: 5x, a!ok}]", Errored, &["task a errored"]),
    ];
    for (case, steps, status, ended) in cases {
        let seen = plan(&format!("plan: {}", tasks(steps))).run().await;
        assert_eq!(seen.status, *status, "{case}: {:?}", seen.problem);
        assert_eq!(seen.ended, *ended, "{case}");
    }
}

/// A task in an image, which the executor only pretends to fetch.
fn in_image(name: &str, image: &str, path: &str) -> String {
    format!(
        "task: {name}, config: {{platform: linux, image_resource: {{type: base, {image}}}, run: {{path: {path}}}}}"
    )
}

#[tokio::test(start_paused = true)]
async fn a_time_that_is_over_while_an_image_is_fetched_makes_an_error() {
    let (slow_check, slow_get) = ("source: {check: wait}", "source: {}, params: {do: wait}");
    let image = |image| in_image("a", image, "ok");
    let late = format!(
        "[{{timeout: 1m, do: [{{{}, on_failure: {{{}}}, on_error: {{c!ok}}}}]}}]",
        in_image("a", "source: {}", "wait"),
        in_image("b", "source: {}", "ok")
    );
    let cases: &[(&str, String, &[&str], &str)] = &[
        (
            "its check",
            format!("[{{timeout: 1m, do: [{{{}}}]}}]", image(slow_check)),
            &["task a errored"],
            "image check failed",
        ),
        (
            "its get",
            format!("[{{timeout: 1m, do: [{{{}}}]}}]", image(slow_get)),
            &["task a errored"],
            "image fetching failed",
        ),
        (
            "after the time",
            late,
            &["task a failed", "task b errored", "task c succeeded"],
            "image check failed",
        ),
    ];
    for (case, steps, ended, told) in cases {
        let seen = plan(&format!("plan: {}", tasks(steps))).run().await;
        assert_eq!(seen.status, Status::Errored, "{case}: {:?}", seen.problem);
        assert_eq!(seen.ended, *ended, "{case}");
        assert!(seen.log.contains(told) && seen.log.contains("timeout exceeded"), "{case}: {}", seen.log);
    }
    // The step's own time starts when the image is there.
    let own = format!("plan: [{{timeout: 1m, {}}}]", image(slow_check));
    let seen = plan(&own).run().await;
    assert_eq!(seen.status, Status::Succeeded);
    assert!(seen.log.contains("still looking for the newest version of the image `base`"), "{}", seen.log);
}

#[tokio::test(start_paused = true)]
async fn an_abort_stops_everything() {
    let cases: &[(&str, &[&str])] = &[
        ("[{a!wait}, {b!ok}]", &["task a aborted"]),
        ("[{try: {a!wait}}, {b!ok}]", &["task a aborted"]),
        ("[{attempts: 3, a!wait}]", &["task a aborted"]),
        ("[{in_parallel: {limit: 1, steps: [{a!wait}, {b!ok}]}}]", &["task a aborted"]),
    ];
    for (steps, ended) in cases {
        let given = plan(&format!("plan: {}", tasks(steps)));
        let seen = given.stopped_after(Duration::from_secs(5)).run().await;
        assert_eq!(seen.status, Status::Aborted, "{steps}");
        assert_eq!(seen.ended, *ended, "{steps}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_once_than_the_limit() {
    let started = std::time::Instant::now();
    let clock = tokio::time::Instant::now();
    let steps: Vec<String> = (0..6).map(|number| format!("{{t{number}!wait}}")).collect();
    let text = tasks(&format!("[{{in_parallel: {{limit: 2, steps: [{}]}}}}]", steps.join(",")));
    let seen = plan(&format!("plan: {text}")).run().await;
    assert_eq!(seen.status, Status::Succeeded);
    assert_eq!(clock.elapsed().as_secs(), 3 * 3600, "six hours of work, two at once");
    assert!(started.elapsed() < Duration::from_secs(60));
}

const ACROSS: &str =
    "task: t-((.:a))-((.:b)), config: {platform: linux, run: {path: HOW, args: [((.:a)), b((.:b))]}}";

#[tokio::test(start_paused = true)]
async fn across_runs_every_combination_with_the_last_variable_fastest() {
    let step = ACROSS.replace("HOW", "print");
    let text =
        format!("plan: [{{across: [{{var: a, values: [p, q]}}, {{var: b, values: [1, 2]}}], {step}}}]");
    let seen = plan(&text).run().await;
    assert_eq!(seen.status, Status::Succeeded, "{:?}", seen.problem);
    assert_eq!(seen.log, "p b1\np b2\nq b1\nq b2\n");
    let tasks: Vec<&str> =
        seen.started.iter().map(String::as_str).filter(|title| title.starts_with("task")).collect();
    assert_eq!(tasks, ["task t-p-1", "task t-p-2", "task t-q-1", "task t-q-2"]);
}

#[tokio::test(start_paused = true)]
async fn labels_show_values_in_one_line_cut_and_without_secrets() {
    let long = "word ".repeat(40);
    let values = format!("[1.5, \"{long}\", \"two\\nlines\", {{k: [x, true]}}, ((secret))]");
    let step = "task: t, config: {platform: linux, run: {path: ok}}";
    let text = format!("plan: [{{across: [{{var: a, values: {values}}}, {{var: b, values: [z]}}], {step}}}]");
    // A secret that is longer than a label would be cut in two.
    let secret = "label-canary-".repeat(8);
    let seen = plan(&text).secrets(&format!("{{secret: {secret}}}")).run().await;
    assert_eq!(seen.status, Status::Succeeded, "{:?}", seen.problem);
    let expected = [
        "",
        "a: 1.5, b: z",
        "a: word word word word word word word word …, b: z",
        "a: two lines, b: z",
        "a: {\"k\":[\"x\",true]}, b: z",
        "a: ((redacted)), b: z",
    ];
    assert_eq!(seen.labels, expected);
}

#[tokio::test(start_paused = true)]
async fn across_goes_on_after_a_failure_unless_told_to_stop() {
    for (fail_fast, runs) in [("", 4), ("fail_fast: true, ", 1)] {
        let step = ACROSS.replace("HOW", "fail");
        let text = format!(
            "plan: [{{across: [{{var: a, values: [p, q]}}, {{var: b, values: [1, 2]}}], {fail_fast}{step}}}]"
        );
        let seen = plan(&text).run().await;
        assert_eq!(seen.status, Status::Failed);
        let tasks = seen.started.iter().filter(|title| title.starts_with("task")).count();
        assert_eq!(tasks, runs, "{fail_fast}");
    }
}

#[tokio::test(start_paused = true)]
async fn limits_of_across_multiply() {
    let clock = tokio::time::Instant::now();
    let step = ACROSS.replace("HOW", "wait");
    let text = format!(
        "plan: [{{across: [{{var: a, values: [p, q], max_in_flight: 2}}, {{var: b, values: [1, 2, 3], \
         max_in_flight: all}}], {step}}}]"
    );
    let seen = plan(&text).run().await;
    assert_eq!((seen.status, clock.elapsed().as_secs()), (Status::Succeeded, 3600));
}

#[tokio::test(start_paused = true)]
async fn values_of_across_must_be_a_list() {
    let step = ACROSS.replace("HOW", "ok");
    let cases = [("[]", Status::Succeeded), ("{x: 1}", Status::Errored), ("((gone))", Status::Errored)];
    for (values, status) in cases {
        let text =
            format!("plan: [{{across: [{{var: a, values: {values}}}, {{var: b, values: [1]}}], {step}}}]");
        assert_eq!(plan(&text).run().await.status, status, "{values}");
    }
}
