//! The examples of the documentation can be used: the program takes their sources and params.

use std::process::Command;

use kit::input::{Path, validate};
use serde_json::{Value, json};

/// Reads a YAML text by another program's reader. A variable is a text to it.
fn read(yaml: &str) -> Value {
    // `((name))` is a flow sequence to every reader; quoted it is what Concourse puts in its place.
    let quoted = yaml.replace("((", "\"((").replace("))", "))\"");
    let script = "import json,sys,yaml; print(json.dumps(yaml.safe_load(sys.argv[1])))";
    let output = Command::new("python3").args(["-c", script, &quoted]).output().expect("python3 runs");
    let problem = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no YAML: {problem}\n{quoted}"))
}

/// Checks every source and all params in an example; returns how many there were.
fn check(schema: &Value, value: &Value) -> usize {
    let mut checked = 0;
    let mut one = |part: &str, place: &str, value: &Value| {
        let findings = validate(&schema[part], value, &Path::root(place));
        let found: Vec<String> =
            findings.mistakes.iter().chain(&findings.unknown).map(ToString::to_string).collect();
        assert!(found.is_empty(), "{value}: {found:?}");
        checked += 1;
    };
    match value {
        Value::Object(fields) => {
            let ours = fields.get("type").is_none_or(|kind| kind == "helm");
            match (fields.get("source"), fields.get("put"), fields.get("post_render")) {
                (Some(source), ..) if ours => one("source", "source", source),
                (_, Some(_), _) => one("put_params", "params", fields.get("params").unwrap_or(&json!({}))),
                (_, _, Some(_)) => one("put_params", "params", &with_chart(value)),
                _ => checked += fields.values().map(|field| check(schema, field)).sum::<usize>(),
            }
        }
        Value::Array(items) => checked += items.iter().map(|item| check(schema, item)).sum::<usize>(),
        _ => {}
    }
    checked
}

/// A part of a put's params, made whole.
fn with_chart(params: &Value) -> Value {
    let mut whole = params.clone();
    whole["chart"] = "chart/shop".into();
    whole
}

#[test]
fn sources_and_params_of_all_examples_are_valid() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/helm-release.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let output = Command::new(acceptance::program("helm-release")).arg("--schema").output().expect("it runs");
    let schema: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let examples = blocks.filter(|block| !block.contains("kind: Role"));
    let checked: usize = examples.map(|example| check(&schema, &read(example))).sum();
    assert_eq!(checked, 14);
}
