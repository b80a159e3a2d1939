//! What the runner adds to a step's own work, measured when asked for: on a machine that does nothing else.

use std::time::{Duration, Instant};

use crate::desk::{Desk, say, script};

/// How often a step is timed; the least time is the one that nothing else on the machine disturbed.
const TIMES: u32 = 10;

fn least(mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..TIMES).map(time).min().unwrap_or_default()
}

#[test]
#[ignore = "measures; run it alone, with --ignored"]
fn a_process_starts_within_50_ms() {
    let desk = Desk::of_processes();
    let plan = script("t", None, "", "true");
    let took = least(|| desk.plan(&plan).run().succeeded());
    say(&format!("a step as a process: {took:?}"));
    assert!(took < Duration::from_millis(50), "{took:?}");
}

#[test]
#[ignore = "measures; run it alone, with --ignored"]
fn a_container_starts_within_150_ms() {
    let Some(desk) = Desk::of_containers() else { return };
    let image = desk.image("{}");
    let plan = "  - get: image\n".to_owned() + &script("t", Some("image"), "", "true");
    let run = || desk.plan(&plan).resources("resources: [{name: image, type: mock}, {name: r, type: mock}]");
    let took = least(|| run().folder("image", image.clone()).run().succeeded());
    say(&format!("a step in a container: {took:?}"));
    assert!(took < Duration::from_millis(150), "{took:?}");
}

#[test]
#[ignore = "measures; run it alone, with --ignored"]
fn two_hundred_steps_run_eight_at_a_time() {
    let desk = Desk::of_processes();
    let steps: String = (0..200).map(|number| script(&format!("t{number}"), None, "", "true")).collect();
    let steps = steps.lines().map(|line| format!("      {line}\n")).collect::<String>();
    let plan = format!("  - in_parallel:\n      limit: 8\n      steps:\n{steps}");
    let start = Instant::now();
    desk.plan(&plan).run().succeeded();
    say(&format!("200 steps: {:?}", start.elapsed()));
}
