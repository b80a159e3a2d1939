//! The toolkit: reading large pipelines, starting, and what a run adds to its steps.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use stack::{Folder, Registry, image};

use super::available;
use crate::command::{Measured, ours};
use crate::measure::median;
use crate::table::{self, Table};

const JOBS: usize = 2000;
const BYTES: usize = 1024 * 1024;
const STEPS: usize = 20;
const PARALLEL_STEPS: usize = 200;
const RUNS: usize = 5;
const STARTS: usize = 25;

pub(super) fn run() -> Result<(), String> {
    let folder = Folder::new("bench-pipeline");
    starting()?;
    reading(&folder)?;
    steps(&folder, "process", "{type: mock, source: {}}")?;
    if available("runc") {
        let registry = Registry::plain();
        let repository = push(&registry)?;
        let image = format!("{{type: registry-image, source: {{repository: {repository}, insecure: true}}}}");
        steps(&folder, "runc", &image)?;
    }
    Ok(())
}

fn starting() -> Result<(), String> {
    let mut table = Table::new("start of the command");
    let version = Measured::program("quayside --version", ours("quayside"), &["--version"]);
    table.add(&version.label, median(&version, STARTS, || Ok(()))?);
    table.print();
    Ok(())
}

/// A pipeline of 1 MB with 2,000 jobs: read, filled in, decoded, validated and written (`render`), and linted.
fn reading(folder: &Folder) -> Result<(), String> {
    let file = folder.write("large.yml", large_pipeline()).display().to_string();
    let mut table = Table::new("a pipeline of 1 MB with 2,000 jobs");
    for (label, arguments) in [
        ("quayside render", vec!["render", &file]),
        ("quayside graph", vec!["graph", "--format", "dot", &file]),
        ("quayside lint", vec!["lint", "--warnings-pass", &file]),
    ] {
        let command = Measured::program(label, ours("quayside"), &arguments);
        table.add(label, median(&command, RUNS, || Ok(()))?);
    }
    table.print();
    table::note("graph --format dot reads, fills in, decodes and validates, and writes little.");
    Ok(())
}

fn large_pipeline() -> String {
    let mut text =
        "resources:\n- {name: repo, type: git, source: {uri: https://example.com/repo.git}}\njobs:\n"
            .to_owned();
    let padding = "x".repeat(BYTES / JOBS - 330);
    for number in 0..JOBS {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "- name: job-{number}\n  plan:\n  - get: repo\n    trigger: true\n  - task: work\n    config:\n      platform: \
             linux\n      image_resource: {{type: registry-image, source: {{repository: busybox, tag: \"1.37\"}}}}\n      \
             inputs: [{{name: repo}}]\n      params: {{PADDING: {padding}}}\n      run: {{path: sh, args: [-c, \"echo \
             {number}\"]}}\n    timeout: 1h\n"
        );
    }
    text
}

/// Jobs of trivial steps: none, 20 one after the other, and 200 at most 8 at once.
fn steps(folder: &Folder, runtime: &str, image: &str) -> Result<(), String> {
    let file = folder.write(&format!("{runtime}.yml"), trivial_jobs(image));
    let title = format!("trivial steps, runtime {runtime}, images cached");
    let mut table = Table::new(&title);
    let mut walls = Vec::new();
    for (job, label, runs) in [
        ("none", "a job of no steps".to_owned(), RUNS),
        ("gets", format!("{STEPS} gets (native), one after the other"), RUNS),
        ("tasks", format!("{STEPS} tasks, one after the other"), RUNS),
        ("parallel", format!("{PARALLEL_STEPS} tasks, at most 8 at once"), 1),
    ] {
        let command = job_of(folder, &file, runtime, job, &label);
        // The first run fetches the image.
        median(&command, 1, || Ok(()))?;
        let cost = median(&command, runs, || Ok(()))?;
        walls.push(cost.wall);
        table.add(&label, cost);
    }
    table.print();
    let each = |index: usize, count: usize| {
        let added = walls[index].saturating_sub(walls[0]);
        Duration::from_secs_f64(added.as_secs_f64() / f64::from(u32::try_from(count).unwrap_or(1)))
    };
    table::note(&format!(
        "\nA get adds {:.1} ms, a task {:.1} ms.",
        each(1, STEPS).as_secs_f64() * 1000.0,
        each(2, STEPS).as_secs_f64() * 1000.0
    ));
    Ok(())
}

fn job_of(folder: &Folder, file: &Path, runtime: &str, job: &str, label: &str) -> Measured {
    let state = folder.path().join("state").display().to_string();
    let file = file.display().to_string();
    let arguments = ["run", job, "-c", &file, "--runtime", runtime, "--state", &state];
    Measured::program(label, ours("quayside"), &arguments)
}

fn trivial_jobs(image: &str) -> String {
    let task = |number: usize| {
        format!(
            "{{task: t{number}, config: {{platform: linux, image_resource: {image}, run: {{path: /bin/true}}}}}}"
        )
    };
    let list = |count: usize| (0..count).map(task).collect::<Vec<_>>().join(", ");
    let gets: Vec<String> = (0..STEPS).map(|number| format!("{{get: g{number}, resource: r}}")).collect();
    format!(
        "resources: [{{name: r, type: mock, source: {{}}}}]\njobs:\n- {{name: none, plan: []}}\n- {{name: gets, plan: [{}]}}\n\
         - {{name: tasks, plan: [{}]}}\n- {{name: parallel, plan: [{{in_parallel: {{limit: 8, steps: [{}]}}}}]}}\n",
        gets.join(", "),
        list(STEPS),
        list(PARALLEL_STEPS)
    )
}

fn push(registry: &Registry) -> Result<String, String> {
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find_map(|path| std::fs::read(path).ok());
    let busybox = busybox.ok_or("there is no busybox here (Debian's package busybox-static)")?;
    let layer = image::Layer::new().executable("bin/busybox", busybox).symlink("bin/true", "busybox");
    image::Builder::new().layer(layer).build().push(registry, "bench/box", "latest");
    Ok(format!("{}/bench/box", registry.host()))
}
