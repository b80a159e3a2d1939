//! The examples of the documentation can be used: the program takes their sources and params.

use std::process::Command;

use kit::input::{Path, validate};
use serde_json::{Value, json};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/vault-secret.md");

/// Reads all documents of a YAML text by another program's reader. Variables are texts to it.
fn documents(yaml: &str) -> Vec<Value> {
    // `((name))` is a flow sequence to no reader; quoted it is what Concourse puts in its place.
    let quoted = yaml.replace("((", "\"((").replace("))", "))\"");
    let script = "import json,sys,yaml; print(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";
    let output = Command::new("python3").args(["-c", script, &quoted]).output().expect("python3 runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no YAML: {errors}\n{quoted}"))
}

fn schema() -> Value {
    let output = Command::new(acceptance::program("vault-secret")).arg("--schema").output().expect("it runs");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[track_caller]
fn is_valid(example: &str, schema: &Value, place: &str, value: &Value) {
    let findings = validate(schema, value, &Path::root(place));
    let found: Vec<String> =
        findings.mistakes.iter().chain(&findings.unknown).map(ToString::to_string).collect();
    assert!(found.is_empty(), "example `{example}`: {found:?}");
}

#[test]
fn sources_and_params_of_all_examples_are_valid() {
    let (page, schema) = (std::fs::read_to_string(PAGE).expect("the page"), schema());
    let mut examples = 0;
    for part in page.split("<!-- example: ").skip(1) {
        let (name, rest) = part.split_once(" -->").expect("a closed mark");
        let yaml =
            rest.split("```yaml").nth(1).and_then(|rest| rest.split("```").next()).expect("YAML follows");
        let mut documents = documents(yaml).into_iter();
        let resource = documents.next().expect("a resource");
        is_valid(name, &schema["source"], "source", &resource[0]["source"]);
        for step in documents {
            let kind = if step.get("get").is_some() { "get_params" } else { "put_params" };
            is_valid(name, &schema[kind], "params", step.get("params").unwrap_or(&json!({})));
        }
        examples += 1;
    }
    assert_eq!(examples, 9);
}
