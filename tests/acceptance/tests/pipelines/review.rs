//! What a pull request's reviewers are told, for a change of the service.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use acceptance::program;
use serde_json::json;
use shop::{Ended, Shop, empty_tools_image, repository};
use stack::Folder;

use crate::place::open;

/// The pipelines of the repository under review.
const PIPELINE: &str = "
resources: [{name: source, type: git, source: {uri: https://git.example.com/acme/shop.git}}]
jobs: [{name: test, plan: [{get: source, trigger: true}]}]
";

/// Runs a job of the review pipeline; what the code host's resource type would do is left out.
fn review(shop: &Shop, job: &str, base: Option<&Path>, more: &[&str]) -> Ended {
    let variables = Folder::new("variables");
    let own = json!({
        "production-cluster": shop.variables()["production-cluster"],
        "production-namespace": shop.namespace("production"),
        "tools-image": empty_tools_image(), "quayside-image": empty_tools_image(), "helm-image": empty_tools_image(),
        "pipeline-flags": "",
    });
    let own = variables.write("own.yml", own.to_string());
    let secrets = variables.write("secrets.yml", shop.secrets.to_json().to_string());
    let mut command = Command::new(program("quayside"));
    command.args(["run", job, "--runtime", "process", "--assume-passed", "--skip", "put", "-c"]);
    command.arg(repository().join("pipelines/review/pipeline.yml"));
    command.arg("-l").arg(repository().join("pipelines/review/variables.yml")).arg("-l").arg(own);
    command.arg("--secrets").arg(secrets).args(["-i", "pull-request=."]);
    command.arg("-i").arg(format!("quayside={}", repository().display()));
    if let Some(base) = base {
        command.arg("-i").arg(format!("base={}", base.display()));
    }
    command.args(more).current_dir(shop.service.path()).env_clear().envs(shop.environment());
    Ended::from(command.stdin(Stdio::null()).output().unwrap())
}

#[test]
fn reviewers_see_which_jobs_would_change() {
    let shop = open();
    let (base, output) = (Folder::new("base"), Folder::new("plan"));
    fs::create_dir(base.path().join("ci")).unwrap();
    base.write("ci/pipeline.yml", PIPELINE);
    let renamed = PIPELINE.replace("name: test", "name: unit-test");
    shop.service.change("ci/pipeline.yml", &renamed);
    shop.service.change("process/proposals/0001-hats.md", "# Hats\nStatus: accepted\n");
    let plan = format!("plan={}", output.path().display());
    review(&shop, "review", Some(base.path()), &["-o", &plan]).ended(0);
    let plan = fs::read_to_string(output.path().join("plan.md")).unwrap();
    assert!(plan.starts_with("### `ci/pipeline.yml`\n"), "{plan}");
    assert!(plan.contains("unit-test"), "{plan}");

    shop.service.change("process/designs/0002-coats.md", "# Coats\nStatus: draft\n");
    review(&shop, "review", Some(base.path()), &[]).ended(1).said(&["the proposal 0002 is not accepted"]);
}

#[test]
fn reviewers_see_which_objects_of_the_release_would_change() {
    let shop = open();
    shop.deliver();
    let output = Folder::new("plan");
    shop.service.change("chart/production.yaml", "replicas: 7\n");
    let plan = format!("plan={}", output.path().display());
    review(&shop, "plan-release", None, &["-o", &plan]).ended(0);
    let plan = fs::read_to_string(output.path().join("plan.md")).unwrap();
    assert!(plan.starts_with("### `shop` in `"), "{plan}");
    assert!(plan.contains("-  replicas: 2") && plan.contains("+  replicas: 7"), "{plan}");
    shop.secrets.assert_not_in(&plan);
}
