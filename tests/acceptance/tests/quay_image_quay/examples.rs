//! The pipelines of docs/quay.md can be set: the program takes their sources and params.

use std::process::Command;

use kit::input::{Path, validate};
use serde_json::{Value, json};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/quay.md");
/// What a step may hold further steps in.
const NESTED: [&str; 8] =
    ["do", "in_parallel", "try", "on_success", "on_failure", "on_error", "on_abort", "ensure"];

fn schema() -> Value {
    let output = Command::new(acceptance::program("quay-image")).arg("--schema").output().expect("it runs");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn pipelines() -> Vec<Value> {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks
        .map(|yaml| serde_saphyr::from_str(yaml).unwrap_or_else(|problem| panic!("{problem}\n{yaml}")))
        .collect()
}

#[track_caller]
fn is_valid(schema: &Value, place: &str, value: &Value, pipeline: &Value) {
    let findings = validate(schema, value, &Path::root(place));
    let found: Vec<String> =
        findings.mistakes.iter().chain(&findings.unknown).map(ToString::to_string).collect();
    assert!(found.is_empty(), "{found:?} in {pipeline:#}");
}

fn check_steps(steps: &Value, resources: &[&str], schema: &Value, pipeline: &Value) -> usize {
    let mut checked = 0;
    for step in steps.as_array().into_iter().flatten() {
        for (kind, part) in [("get", "get_params"), ("put", "put_params")] {
            let Some(name) = step[kind].as_str() else { continue };
            assert!(resources.contains(&name), "`{name}` is no resource in {pipeline:#}");
            is_valid(&schema[part], "params", step.get("params").unwrap_or(&json!({})), pipeline);
            checked += 1;
        }
        for nested in NESTED {
            checked += check_steps(&step[nested], resources, schema, pipeline);
        }
    }
    checked
}

#[test]
fn sources_and_params_of_all_pipelines_are_valid() {
    let (schema, pipelines) = (schema(), pipelines());
    assert!(pipelines.len() >= 10, "one for each feature, not {}", pipelines.len());
    for pipeline in &pipelines {
        let resources = pipeline["resources"].as_array().expect("resources");
        for resource in resources {
            assert_eq!(resource["type"], "quay-image", "{pipeline:#}");
            is_valid(&schema["source"], "source", &resource["source"], pipeline);
        }
        let names: Vec<&str> = resources.iter().filter_map(|resource| resource["name"].as_str()).collect();
        let jobs = pipeline["jobs"].as_array().expect("jobs");
        let steps: usize = jobs.iter().map(|job| check_steps(&job["plan"], &names, &schema, pipeline)).sum();
        assert!(steps > 0, "no step in {pipeline:#}");
    }
}
