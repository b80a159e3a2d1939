//! How pipelines are taken apart.

use pipeline::Source;
use pipeline::check::check;
use pipeline::model::{
    HookKind, Inputs, MistakeKind, Pipeline, StepConfig, TaskConfig, VersionChoice, decode_step,
};
use pipeline::vars::Chain;
use pipeline::yaml;

fn pipeline(text: &str) -> Pipeline {
    let checked = check(text, &Chain::new()).unwrap();
    assert!(checked.decoded.mistakes.is_empty(), "{:?}", checked.decoded.mistakes);
    checked.decoded.value
}

/// The keys of a step and all below it, from the outside in.
fn keys(step: &StepConfig) -> Vec<&'static str> {
    let mut keys = Vec::new();
    step.walk(&mut |step| keys.push(step.key()));
    keys
}

#[test]
fn modifiers_wrap_in_concourse_order_whatever_the_order_of_the_text() {
    let cases = [
        ("{timeout: 1h, attempts: 2, get: r, ensure: {put: e}}", vec!["ensure", "attempts", "get", "put"]),
        ("{do: [], timeout: 1h, attempts: 2}", vec!["attempts", "timeout", "do"]),
        (
            "{task: t, on_success: {put: a}, on_failure: {put: b}, on_abort: {put: c}, on_error: {put: d}, across: [], attempts: 1}",
            vec![
                "on_error",
                "on_abort",
                "on_failure",
                "on_success",
                "across",
                "attempts",
                "task",
                "put",
                "put",
                "put",
                "put",
            ],
        ),
        ("{try: {load_var: v}}", vec!["try", "load_var"]),
        ("{in_parallel: {steps: [{get: a}, {set_pipeline: b}]}}", vec!["in_parallel", "get", "set_pipeline"]),
    ];
    for (text, expected) in cases {
        let step = decode_step(yaml::read(text).unwrap().root.unwrap()).value.unwrap();
        assert_eq!(keys(&step.config), expected, "{text}");
    }
}

#[test]
fn across_keeps_the_step_for_filling_in() {
    let text = "{task: 't-((.:x))', file: a/b, attempts: 2, ensure: {put: e}, across: [{var: x, values: [1]}], fail_fast: yes}";
    let step = decode_step(yaml::read(text).unwrap().root.unwrap()).value.unwrap();
    let StepConfig::Hook(hook) = step.config else { panic!("no hook outside") };
    assert_eq!(hook.kind, HookKind::Ensure);
    let StepConfig::Across(across) = *hook.step else { panic!("no across within") };
    assert!(across.fail_fast);
    assert_eq!(across.template.to_compact_json(), r#"{"attempts":2,"file":"a/b","task":"t-((.:x))"}"#);
}

#[test]
fn words_of_versions_and_inputs_are_told_apart() {
    let text = "resources: [{name: r, type: t}]\njobs:\n- name: j\n  plan:\n  - {get: a, resource: r, version: every}\n  - {get: b, resource: r, version: odd}\n  - {get: c, resource: r, version: {ref: x}}\n  - {put: r, inputs: [' a ', b]}\n  - {put: r, inputs: none}\n";
    let pipeline = pipeline(text);
    let mut versions = Vec::new();
    let mut inputs = Vec::new();
    pipeline.jobs[0].walk(&mut |step| match step {
        StepConfig::Get(get) => versions.push(get.version.clone().unwrap().value),
        StepConfig::Put(put) => inputs.push(put.inputs.clone().unwrap().value),
        _ => {}
    });
    assert_eq!(versions[..2], [VersionChoice::Every, VersionChoice::Other("odd".into())]);
    let VersionChoice::Pinned(pinned) = &versions[2] else { panic!("no pin") };
    assert_eq!((pinned[0].0.as_str(), pinned[0].1.as_str()), ("ref", "x"));
    let Inputs::Specified(names) = &inputs[0] else { panic!("no list") };
    assert_eq!(names.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(inputs[1], Inputs::Other("none".into()));
}

#[test]
fn all_mistakes_are_found_in_place() {
    let text =
        "jobs:\n- name: j\n  serial: 'yes'\n  plan:\n  - {get: r, trigger: 1}\n  - {foo: 1}\n  steps: []\n";
    let source = Source::new("p", text);
    let checked = check(text, &Chain::new()).unwrap();
    let found: Vec<(String, &str)> = checked
        .decoded
        .mistakes
        .iter()
        .map(|mistake| (mistake.path.clone(), source.slice(mistake.span)))
        .collect();
    let expected = [
        ("jobs[0].serial".to_owned(), "'yes'"),
        ("jobs[0].plan[0].trigger".to_owned(), "1"),
        ("jobs[0].plan[1]".to_owned(), "{foo: 1}"),
        ("jobs[0]".to_owned(), "steps"),
    ];
    assert_eq!(found, expected);
    assert!(matches!(checked.decoded.mistakes[2].kind, MistakeKind::NoStep));
}

#[test]
fn keys_that_concourse_passes_over_are_listed() {
    let text = "x: 1\njobs:\n- name: j\n  plan:\n  - in_parallel: {steps: [], limits: 1}\n  - task: t\n    config: {platform: linux, run: {path: a, argz: []}}\n";
    let checked = check(text, &Chain::new()).unwrap();
    let ignored: Vec<&str> = checked.decoded.ignored.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(ignored, ["limits", "argz"]);
    let top: Vec<&str> = checked.decoded.unknown_top_level.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(top, ["x"]);
}

#[test]
fn puts_detect_the_artifacts_that_their_params_name() {
    let text = "{put: r, params: {image: out/image.tar, more: [./tags/x, /abs], n: 5, deep: {v: out/other}}}";
    let step = decode_step(yaml::read(text).unwrap().root.unwrap()).value.unwrap();
    let StepConfig::Put(put) = step.config else { panic!("no put") };
    assert_eq!(put.detected_inputs(), ["out", "tags"]);
}

#[test]
fn a_long_chain_of_jobs_needs_no_deep_stack() {
    let mut text = String::from("resources: [{name: r, type: t}]\njobs:\n- {name: j0, plan: [{get: r}]}\n");
    for job in 1..10_000 {
        text.push_str(&format!("- {{name: j{job}, plan: [{{get: r, passed: [j{}]}}]}}\n", job - 1));
    }
    let checked = check(&text, &Chain::new()).unwrap();
    assert!(checked.is_accepted());
}

#[test]
fn task_files_take_variables_in_places_of_text_only() {
    let cases = [
        ("platform: ((p))", None),
        ("params: {A: ((a))}\nrun: {path: sh, args: [-c, ((script))], user: ((u))}", None),
        ("image_resource: {type: ((t)), source: {tag: ((v))}}", None),
        ("container_limits: {cpu: ((n))}", Some("cpu limit must be an integer")),
        ("container_limits: {memory: ((n))}", Some("could not parse container memory limit")),
        (
            "inputs: [{name: a, optional: ((b))}]",
            Some("inputs[0].optional must be a boolean, and this is the string \"((b))\""),
        ),
        (
            "caches: [{path: a, ttl: ((t))}]",
            Some("invalid cache ttl '((t))': time: invalid duration \"((t))\""),
        ),
    ];
    for (text, expected) in cases {
        let decoded = TaskConfig::decode(yaml::read(text).unwrap().root);
        let found = decoded.mistakes.first().map(|mistake| mistake.message());
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}
