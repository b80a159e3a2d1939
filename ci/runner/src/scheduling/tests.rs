//! The rules as tables. Versions are written `resource:field`, runs `job: used… -> made…`.

use pipeline::model::Pipeline;

use super::*;
use crate::engine::Made;
use crate::version::Version;

fn version(text: &str) -> Version {
    [("v", text)].into_iter().collect()
}

fn pair(text: &str) -> (String, Version) {
    let (name, number) = text.split_once(':').unwrap();
    (name.into(), version(number))
}

/// `a: r:1 s:2 -> t:3`; a job with `!` at its end failed. Inputs are named after their resources.
fn past(text: &str) -> PastRun {
    let (job, rest) = text.split_once(": ").unwrap_or((text, ""));
    let (used, made) = rest.split_once("->").unwrap_or((rest, ""));
    let used = used.split_whitespace().map(pair);
    let made = made.split_whitespace().map(pair);
    PastRun {
        job: job.trim_end_matches('!').into(),
        succeeded: !job.ends_with('!'),
        used: used.map(|(name, version)| Used { input: name.clone(), resource: name, version }).collect(),
        made: made.map(|(resource, version)| Made { resource, version }).collect(),
    }
}

fn history(versions: &[&str], runs: &[&str]) -> History {
    let mut history = History { runs: runs.iter().map(|run| past(run)).collect(), ..History::default() };
    for (resource, version) in versions.iter().map(|text| pair(text)) {
        history.versions.entry(resource).or_default().push(version);
    }
    history
}

fn decoded(plan: &str) -> Pipeline {
    let text = format!(
        "resources: [{{name: r, type: x}}, {{name: s, type: x}}, {{name: pinned, type: x, version: {{v: '1'}}}}]\n\
         jobs: [{{name: a, plan: [{{get: r}}, {{get: s}}]}}, {{name: b, plan: [{{get: r}}, {{get: s}}]}}, \
         {{name: job, plan: [{plan}]}}]"
    );
    let decoded = Pipeline::decode(pipeline::yaml::read(&text).unwrap().root);
    assert!(decoded.mistakes.is_empty(), "{:?}", decoded.mistakes);
    decoded.value
}

fn selected(plan: &str, history: &History) -> String {
    let pipeline = decoded(plan);
    let wanted = wanted(&pipeline, pipeline.job("job").unwrap());
    match select("job", &wanted, history) {
        Ok(versions) => versions
            .iter()
            .map(|(name, version)| format!("{name}:{}", version.get("v").unwrap()))
            .collect::<Vec<_>>()
            .join(" "),
        Err(unmet) => unmet.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

struct Case(&'static str, &'static str, &'static [&'static str], &'static [&'static str], &'static str);

#[test]
fn gets_without_passed() {
    let cases = [
        Case("the newest", "{get: r}", &["r:1", "r:2"], &[], "r:2"),
        Case("none found", "{get: r}", &[], &[], "`r`: no version of `r` was found"),
        Case("pinned by the get", "{get: r, version: {v: '1'}}", &["r:1", "r:2"], &[], "r:1"),
        Case("pinned by the resource", "{get: pinned}", &["pinned:1", "pinned:2"], &[], "pinned:1"),
        Case(
            "the get's pin counts first",
            "{get: pinned, version: {v: '2'}}",
            &["pinned:1", "pinned:2"],
            &[],
            "pinned:2",
        ),
        Case(
            "a pin outdoes every",
            "{get: pinned, version: every}",
            &["pinned:1", "pinned:2"],
            &[],
            "pinned:1",
        ),
        Case(
            "no version is like the pin",
            "{get: r, version: {v: '9'}}",
            &["r:1"],
            &[],
            "`r`: no version of `r` is like the pinned `v:9`",
        ),
        Case("every, first time", "{get: r, version: every}", &["r:1", "r:2", "r:3"], &[], "r:3"),
        Case("every, the next one", "{get: r, version: every}", &["r:1", "r:2", "r:3"], &["job: r:1"], "r:2"),
        Case(
            "every, after a failure",
            "{get: r, version: every}",
            &["r:1", "r:2", "r:3"],
            &["job!: r:1"],
            "r:2",
        ),
        Case("every, no next one", "{get: r, version: every}", &["r:1", "r:2"], &["job: r:2"], "r:2"),
        Case(
            "every, what was used is gone",
            "{get: r, version: every}",
            &["r:2", "r:3"],
            &["job: r:1"],
            "r:3",
        ),
        Case("gets of hooks count", "{task: t, file: r/t, on_failure: {get: s}}", &["s:1"], &[], "s:1"),
        Case("another word is the newest", "{get: r, version: newest}", &["r:1", "r:2"], &[], "r:2"),
    ];
    check(&cases);
}

#[test]
fn gets_with_passed() {
    let both = "{get: r, passed: [a]}, {get: s, passed: [a]}";
    let cases = [
        Case(
            "nothing passed",
            "{get: r, passed: [a]}",
            &["r:1"],
            &[],
            "`r`: no version of `r` has passed `a` here",
        ),
        Case(
            "a failed run vouches for nothing",
            "{get: r, passed: [a]}",
            &["r:1"],
            &["a!: r:1"],
            "`r`: no version of `r` has passed `a` here",
        ),
        Case(
            "the newest run's",
            "{get: r, passed: [a]}",
            &["r:1", "r:2", "r:3"],
            &["a: r:1", "a: r:2"],
            "r:2",
        ),
        Case(
            "runs count, not versions",
            "{get: r, passed: [a]}",
            &["r:1", "r:2"],
            &["a: r:2", "a: r:1"],
            "r:1",
        ),
        Case("what a put made counts", "{get: r, passed: [a]}", &["r:1", "r:2"], &["a: r:1 -> r:2"], "r:2"),
        Case(
            "all jobs must have passed it",
            "{get: r, passed: [a, b]}",
            &["r:1", "r:2"],
            &["a: r:1", "b: r:1", "a: r:2"],
            "r:1",
        ),
        Case(
            "one of them has not",
            "{get: r, passed: [a, b]}",
            &["r:1"],
            &["a: r:1"],
            "`r`: no version of `r` has passed `a`, `b` here",
        ),
        Case("versions of one run", both, &[], &["a: r:1 s:1", "a: r:2 s:2", "a!: r:3 s:3"], "r:2 s:2"),
        Case("a run that lacks one is passed over", both, &[], &["a: r:1 s:1", "a: r:2"], "r:1 s:1"),
        Case(
            "an older run where the newest do not fit",
            "{get: r, passed: [a, b]}, {get: s, passed: [b]}",
            &[],
            &["a: r:1", "b: r:1 s:7", "a: r:2", "b: r:3 s:8"],
            "r:1 s:7",
        ),
        Case(
            "groups that share no job stand alone",
            "{get: r, passed: [a]}, {get: s, passed: [b]}",
            &[],
            &["a: r:1", "b: s:1 r:9"],
            "r:1 s:1",
        ),
        Case(
            "pinned and passed",
            "{get: r, passed: [a], version: {v: '1'}}",
            &["r:1", "r:2"],
            &["a: r:1", "a: r:2"],
            "r:1",
        ),
        Case(
            "every that passed",
            "{get: r, passed: [a], version: every}",
            &[],
            &["a: r:1", "a: r:2", "a: r:3", "job: r:1"],
            "r:2",
        ),
        Case(
            "every that passed, all used",
            "{get: r, passed: [a], version: every}",
            &[],
            &["a: r:1", "a: r:2", "job: r:2"],
            "r:2",
        ),
        Case(
            "every that passed, first time",
            "{get: r, passed: [a], version: every}",
            &[],
            &["a: r:1", "a: r:2"],
            "r:2",
        ),
        Case("a glob of jobs", "{get: r, passed: ['[ab]']}", &[], &["a: r:1", "b: r:1", "b: r:2"], "r:1"),
        Case(
            "both kinds are told",
            "{get: r, passed: [a]}, {get: s}",
            &[],
            &[],
            "`s`: no version of `s` was found; `r`: no version of `r` has passed `a` here",
        ),
    ];
    check(&cases);
}

fn check(cases: &[Case]) {
    for Case(case, plan, versions, runs, expected) in cases {
        assert_eq!(selected(plan, &history(versions, runs)), *expected, "{case}");
    }
}

#[test]
fn a_given_version_needs_no_check_and_no_job() {
    let pipeline = decoded("{get: r, passed: [a]}");
    let mut wanted = wanted(&pipeline, pipeline.job("job").unwrap());
    wanted[0].choice = Choice::Given(version("7"));
    let selected = select("job", &wanted, &History::default()).unwrap();
    assert_eq!(selected["r"], version("7"));
}

#[test]
fn new_versions_start_jobs() {
    let triggering = "{get: r, trigger: true}, {get: s}";
    let cases: &[(&str, &str, &[&str], Option<&str>)] = &[
        ("never run", triggering, &[], Some("r")),
        ("used already", triggering, &["job: r:2 s:2"], None),
        ("used by a run that failed", triggering, &["job!: r:2 s:2"], None),
        ("new where nothing triggers", triggering, &["job: r:2 s:1"], None),
        ("used by another job", triggering, &["a: r:2"], Some("r")),
        ("an older one was used", triggering, &["job: r:1 s:2"], Some("r")),
        ("nothing triggers", "{get: r}", &[], None),
    ];
    for (case, plan, runs, expected) in cases {
        let history = history(&["r:1", "r:2", "s:1", "s:2"], runs);
        let pipeline = decoded(plan);
        let wanted = wanted(&pipeline, pipeline.job("job").unwrap());
        let selected = select("job", &wanted, &history).unwrap();
        let started = trigger("job", &wanted, &selected, &history).map(|trigger| trigger.input);
        assert_eq!(started.as_deref(), *expected, "{case}");
    }
}

#[test]
fn a_history_that_never_fits_is_given_up() {
    let runs: Vec<String> =
        (0..400).flat_map(|n| [format!("a: r:{n} s:{n}"), format!("b: r:{} s:{n}", n + 1000)]).collect();
    let runs: Vec<&str> = runs.iter().map(String::as_str).collect();
    let told = selected("{get: r, passed: [a, b]}, {get: s, passed: [a]}", &history(&[], &runs));
    assert!(told.contains("has passed"), "{told}");
}
