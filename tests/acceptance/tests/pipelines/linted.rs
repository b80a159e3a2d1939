//! What `quayside lint` says of the shipped pipelines, and of variables that are missing or wrong.

use std::path::{Path, PathBuf};
use std::process::Command;

use acceptance::program;
use serde_json::Value;

/// A pipeline with the files that give its variables.
type Shipped = (&'static str, &'static [&'static str]);

const BUILD_TO_DEPLOY: Shipped = (
    "pipelines/build-to-deploy/pipeline.yml",
    &["pipelines/build-to-deploy/defaults.yml", "pipelines/build-to-deploy/example.yml"],
);
const ALL: [Shipped; 6] = [
    BUILD_TO_DEPLOY,
    (
        "pipelines/build-to-deploy/pipeline.yml",
        &[
            "pipelines/build-to-deploy/defaults.yml",
            "pipelines/build-to-deploy/example.yml",
            "pipelines/build-to-deploy/assembled.yml",
        ],
    ),
    (
        "pipelines/build-to-deploy/pipeline.yml",
        &[
            "pipelines/build-to-deploy/defaults.yml",
            "pipelines/build-to-deploy/example.yml",
            "pipelines/build-to-deploy/dockerfile.yml",
        ],
    ),
    ("pipelines/services/pipeline.yml", &["pipelines/services/example/services-pipeline.yml"]),
    ("pipelines/review/pipeline.yml", &["pipelines/review/variables.yml"]),
    ("ci/pipeline.yml", &["ci/variables.yml"]),
];

/// What the credential manager has of this project's own pipeline; the files of the others say so themselves.
const CREDENTIALS: [&str; 6] =
    ["-v", "quay-robot-name=x", "-v", "quay-robot-password=x", "-v", "quay-api-token=x"];

#[test]
fn lint_is_silent_on_every_shipped_pipeline() {
    for (pipeline, files) in ALL {
        let credentials: &[&str] = if pipeline == "ci/pipeline.yml" { &CREDENTIALS } else { &[] };
        let (code, said) = lint(pipeline, files, &[&["--all-variables"], credentials].concat());
        assert_eq!((code, said.trim()), (0, "looks good (1 pipeline)"), "{pipeline} {files:?}");
    }
}

#[test]
fn every_shipped_pipeline_is_linted_here() {
    for folder in std::fs::read_dir(root().join("pipelines")).unwrap().flatten() {
        let pipeline = folder.path().join("pipeline.yml");
        let is_listed = ALL.iter().any(|(listed, _)| root().join(listed) == pipeline);
        assert!(is_listed || !pipeline.exists(), "{}", pipeline.display());
    }
}

/// A job does not start while one of its gets has no version, and a git resource with `paths` has none until a commit
/// touches them: other people's repositories may never have such a commit.
#[test]
fn only_what_our_own_repository_has_is_watched_by_paths() {
    for (pipeline, _) in ALL {
        let text = std::fs::read_to_string(root().join(pipeline)).unwrap();
        let parsed: Value = serde_saphyr::from_str(&text).unwrap();
        let resources = parsed["resources"].as_array().unwrap();
        for watched in resources.iter().filter(|resource| !resource["source"]["paths"].is_null()) {
            assert_eq!(watched["source"]["uri"], "((quayside-uri))", "{pipeline}: {watched}");
            for path in watched["source"]["paths"].as_array().unwrap() {
                assert!(root().join(path.as_str().unwrap()).exists(), "{pipeline}: {path}");
            }
        }
    }
}

/// By hand, a job whose only trigger is a time of night must start before the first night too.
#[test]
fn every_time_of_day_has_a_version_from_the_start() {
    for (pipeline, _) in ALL {
        let text = std::fs::read_to_string(root().join(pipeline)).unwrap();
        let parsed: Value = serde_saphyr::from_str(&text).unwrap();
        let times =
            parsed["resources"].as_array().unwrap().iter().filter(|resource| resource["type"] == "time");
        for time in times {
            assert_eq!(time["source"]["initial_version"], true, "{pipeline}: {time}");
        }
    }
}

#[test]
fn shipped_tasks_are_tasks_that_the_pipelines_could_use() {
    for file in std::fs::read_dir(root().join("pipelines/tasks")).unwrap().flatten() {
        let name = file.file_name().into_string().unwrap();
        let pipeline = format!(
            "resources:\n- {{name: quayside, type: git, source: {{uri: https://example.com/q.git}}}}\n\
             jobs:\n- name: j\n  plan:\n  - {{get: quayside, trigger: true}}\n  \
             - {{task: t, file: quayside/pipelines/tasks/{name}, vars: {{image: {{repository: r, digest: d}}}}}}\n"
        );
        let folder = stack::Folder::new("task");
        let path = folder.write("pipeline.yml", pipeline);
        let (_, said) = lint(path.to_str().unwrap(), &[], &["--allow", "missing-artifact"]);
        assert_eq!(said.trim(), "looks good (1 pipeline)", "{name}");
    }
}

#[test]
fn a_variable_of_the_wrong_kind_is_told_where_it_stands() {
    let cases = [
        (
            "candidate-expiry=[2w]",
            "`tag_expiry` in the params of a put of `quay-image` must be text",
            "((candidate-expiry))",
        ),
        (
            "staging-values={a: b}",
            "`values` in the params of a put of `helm-release` must be text",
            "((staging-values))",
        ),
        (
            "deploy-timeout=[1]",
            "`timeout` in the params of a put of `helm-release` must be text",
            "((deploy-timeout))",
        ),
        ("source-branch=[main]", "`branch` in the source of `git` must be text", "((source-branch))"),
        ("staging-cluster={cluster_ulr: x}", "has no `cluster_ulr`", "((staging-cluster))"),
        ("vault-access={address: x, tokne: y}", "has no `tokne`", "((vault-access))"),
        ("image-params=built", "map merge requires map", "((image-params))"),
    ];
    let (pipeline, files) = BUILD_TO_DEPLOY;
    for (value, message, place) in cases {
        let (code, said) = lint(pipeline, files, &["-y", value]);
        assert_eq!(code, 1, "{value}: {said}");
        assert!(said.contains(message) && said.contains(place), "{value}: {said}");
    }
}

#[test]
fn a_variable_that_the_pipeline_does_not_have_is_told() {
    let (pipeline, files) = BUILD_TO_DEPLOY;
    let (code, said) = lint(pipeline, files, &["-v", "serivce=shop"]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("does not use the variable `serivce`") && said.contains("did you mean `service`?"),
        "{said}"
    );
}

#[test]
fn each_variable_that_is_missing_is_named() {
    let (pipeline, files) = BUILD_TO_DEPLOY;
    let text = std::fs::read_to_string(root().join(files[1])).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once(':')?.0)).collect();
    let own = names.iter().filter(|name| !name.starts_with([' ', '#']));
    let arguments = ["render", "--all-variables", "-l", files[0], pipeline];
    let (code, said) = quayside(&arguments);
    assert_eq!(code, 2, "{said}");
    for name in own {
        assert!(said.contains(name), "`{name}` in {said}");
    }
}

/// Lints a pipeline of the repository; returns the exit status and what was said.
fn lint(pipeline: &str, files: &[&str], more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["lint", "--artifact", "quayside=."];
    files.iter().for_each(|file| arguments.extend(["-l", file]));
    arguments.extend(more);
    arguments.push(pipeline);
    quayside(&arguments)
}

fn quayside(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(program("quayside")).args(arguments).current_dir(root()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
