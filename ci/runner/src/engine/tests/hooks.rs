//! Which hooks run, and what they make of the outcome.

use std::time::Duration;

use super::pretend::{plan, tasks};
use crate::outcome::Status;

const HOOKS: [&str; 5] = ["on_success", "on_failure", "on_abort", "on_error", "ensure"];

#[tokio::test(start_paused = true)]
async fn each_outcome_has_its_hooks() {
    let cases: [(&str, Status, &[&str]); 4] = [
        ("ok", Status::Succeeded, &["on-success", "ensure"]),
        ("fail", Status::Failed, &["on-failure", "ensure"]),
        ("error", Status::Errored, &["on-error", "ensure"]),
        ("wait", Status::Aborted, &["on-abort", "ensure"]),
    ];
    for (how, status, hooks) in cases {
        let all: Vec<String> =
            HOOKS.iter().map(|hook| format!("{hook}: {{{}!ok}}", hook.replace('_', "-"))).collect();
        let all = all.join(", ");
        for text in [format!("plan: [{{a!{how}, {all}}}]"), format!("plan: [{{a!{how}}}], {all}")] {
            let seen = plan(&tasks(&text)).stopped_after(Duration::from_secs(9)).run().await;
            let ran: Vec<&str> =
                seen.started[1..].iter().filter_map(|title| title.strip_prefix("task ")).collect();
            assert_eq!((seen.status, ran.as_slice()), (status, hooks), "{text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_hooks_come_to_counts_as_in_concourse() {
    use Status::{Errored, Failed, Succeeded};
    let cases: &[(&str, Status, &[&str])] = &[
        ("{a!ok, on_success: {h!fail}}", Failed, &["a", "h"]),
        ("{a!ok, on_success: {h!fail}, on_failure: {f!ok}}", Failed, &["a", "h", "f"]),
        ("{a!fail, on_failure: {h!ok}}", Failed, &["a", "h"]),
        ("{a!fail, on_failure: {h!error}, on_error: {e!ok}}", Errored, &["a", "h", "e"]),
        ("{a!error, on_error: {h!fail}}", Errored, &["a", "h"]),
        ("{a!ok, ensure: {h!fail}}", Failed, &["a", "h"]),
        ("{a!fail, ensure: {h!error}}", Errored, &["a", "h"]),
        ("{a!fail, ensure: {h!ok}}", Failed, &["a", "h"]),
        ("{a!ok, on_success: {h!error}, on_error: {e!ok}, ensure: {z!ok}}", Errored, &["a", "h", "e", "z"]),
        ("{try: {a!fail, on_failure: {h!ok}}, on_success: {s!ok}}", Succeeded, &["a", "h", "s"]),
        ("{a!flaky, attempts: 2, on_failure: {h!ok}, on_success: {s!ok}}", Succeeded, &["a", "a", "s"]),
    ];
    for (step, status, ran) in cases {
        let seen = plan(&format!("plan: [{}]", tasks(step))).run().await;
        let started: Vec<&str> =
            seen.started.iter().filter_map(|title| title.strip_prefix("task ")).collect();
        assert_eq!((seen.status, started.as_slice()), (*status, *ran), "{step}: {:?}", seen.problem);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_within_an_outer_timeout_shares_its_deadline() {
    let text =
        tasks("plan: [{timeout: 1m, do: [{a!wait, on_failure: {f!ok}, on_error: {e!ok}, ensure: {z!ok}}]}]");
    let seen = plan(&text).run().await;
    let expected = ["task a failed", "task f errored", "task e succeeded", "task z succeeded"];
    assert_eq!((seen.status, seen.ended.as_slice()), (Status::Failed, expected.map(String::from).as_slice()));
}

#[tokio::test(start_paused = true)]
async fn a_hook_after_an_abort_is_not_stopped_by_it() {
    let text = tasks("plan: [{a!wait, on_abort: {h!wait}, ensure: {e!wait}}]");
    let seen = plan(&text).stopped_after(Duration::from_secs(1)).run().await;
    let expected = ["task a aborted", "task h succeeded", "task e succeeded"];
    assert_eq!(
        (seen.status, seen.ended.as_slice()),
        (Status::Aborted, expected.map(String::from).as_slice())
    );
}

#[tokio::test(start_paused = true)]
async fn resources_are_told_how_the_step_ended_but_not_under_ensure() {
    let cases = [
        ("{a!ok, on_success: {put: r}}", Some("succeeded")),
        ("{a!fail, on_failure: {put: r}}", Some("failed")),
        ("{a!error, on_error: {put: r}}", Some("errored")),
        ("{a!fail, ensure: {put: r}}", None),
        ("{put: r}", None),
    ];
    for (step, expected) in cases {
        let seen = plan(&format!("plan: [{}]", tasks(step))).run().await;
        let puts = seen.pretender.executor().puts.borrow();
        let status = puts[0].environment.iter().find(|(name, _)| name == "BUILD_STATUS");
        assert_eq!(status.map(|(_, value)| value.as_str()), expected, "{step}");
    }
}
