//! What is refused by name before anything runs.

use crate::desk::Desk;

#[test]
fn what_cannot_be_imitated_is_refused() {
    let cases = [
        (
            "a prototype",
            "prototypes: [{name: p, type: mock}]\njobs: [{name: j, plan: [{run: build, type: p}]}]",
            "the step `run: build` sends a message to a prototype",
        ),
        (
            "another platform",
            "jobs: [{name: j, plan: [{task: t, config: {platform: windows, run: {path: x}}}]}]",
            "the task `t` is for windows",
        ),
        (
            "a credential manager that is not here",
            "var_sources: [{name: s, type: ssm, config: {region: eu}}]\njobs: [{name: j, plan: []}]",
            "the variable source `s` is of the type `ssm`",
        ),
        (
            "an invalid pipeline",
            "jobs: [{name: j, plan: [{get: none}]}]",
            "Concourse would refuse `pipeline.yml`",
        ),
        ("no such job", "jobs: [{name: other, plan: []}]", "the pipeline has no job `j`"),
        ("no YAML", "jobs: [", "pipeline.yml:"),
    ];
    for (case, pipeline, expected) in cases {
        let ended = Desk::with(pipeline).run("j");
        assert_eq!(ended.code, 2, "{case}: {}", ended.stdout);
        assert!(ended.stderr.contains(expected), "{case}: {}", ended.stderr);
    }
}

#[test]
fn an_artifact_named_upwards_stays_inside() {
    let pipeline = "
jobs:
- name: j
  plan:
  - task: t
    config:
      platform: linux
      outputs: [{name: ../../escaped}]
      run: {path: sh, args: [-c, 'pwd']}
";
    let desk = Desk::with(pipeline);
    desk.run("j");
    assert_eq!(desk.read("escaped"), None);
    assert!(!desk.folder.path().parent().unwrap().join("escaped").exists());
}
