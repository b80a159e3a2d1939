//! What the built command says of variables that are missing, of the wrong kind or of the wrong name.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

const PIPELINE: &str = "\
resources:
- {name: repo, type: git, source: {uri: ((uri)), branch: ((brnch))}}
jobs:
- name: build
  plan:
  - {get: repo, trigger: true}
  - {load_var: version, file: repo/version}
  - task: make
    attempts: ((attempts))
    config:
      platform: linux
      image_resource: {type: registry-image, source: {repository: golang, tag: ((vault:tag))}}
      inputs: [{name: repo}]
      params: {VERSION: ((.:version))}
      run:
        path: sh
        args:
        - -c
        - |
          echo
          echo ((message))
";
const VALUES: &str = "branch: main\nuri: https://example.com/repo.git\n";

struct Desk(tempfile::TempDir);

impl Desk {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
        Self(folder)
    }

    fn quayside(&self, arguments: &[&str]) -> Output {
        let mut command = Command::cargo_bin("quayside").unwrap();
        command.current_dir(self.path()).env_clear().args(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.quayside(arguments).stdout).unwrap()
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn desk() -> Desk {
    Desk::new(&[("p.yml", PIPELINE), ("vars.yml", VALUES)])
}

#[test]
fn lint_says_which_variable_is_missing_where_and_what_would_give_it() {
    let arguments = ["lint", "--all-variables", "-l", "vars.yml", "-y", "attempts=3", "p.yml"];
    let output = desk().quayside(&arguments);
    let said = stdout(&output);
    for expected in [
        "error[missing-variable]: `((brnch))` has no value\n --> p.yml:2:58",
        "help: add `brnch:` to `vars.yml`, or give it with `-v brnch=TEXT` or `-y brnch=YAML`",
        "help: or write `((branch))`",
        "error[missing-variable]: `((message))` has no value\n  --> p.yml:21:16",
        "warning[unknown-var-source]: there is no variable source `vault`",
        "2 errors, 1 warning in 1 pipeline",
    ] {
        assert!(said.contains(expected), "{expected} in\n{said}");
    }
    assert_eq!(output.status.code(), Some(1));
    assert!(!stdout(&desk().quayside(&["lint", "-l", "vars.yml", "p.yml"])).contains("missing-variable"));
}

#[test]
fn a_value_of_the_wrong_kind_is_told_where_it_is_used_and_not_shown() {
    let output = desk().quayside(&["lint", "-v", "attempts=s3cret", "p.yml"]);
    let said = stdout(&output);
    for expected in [
        "error[wrong-kind]: jobs[0].plan[2].attempts must be a whole number, and `((attempts))` gives a string",
        " --> p.yml:9:15",
        "`attempts` is given by `-v`",
        "`-v` always gives text: give it with `-y attempts=…`",
    ] {
        assert!(said.contains(expected), "{expected} in\n{said}");
    }
    assert!(!said.contains("s3cret"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn every_form_tells_missing_variables_at_the_same_place() {
    let desk = desk();
    let with = |format| {
        ["lint", "--all-variables", "-l", "vars.yml", "-y", "attempts=3", "--format", format, "p.yml"]
    };
    let json = desk.json(&with("json"));
    let missing: Vec<&Value> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|found| found["rule"] == "missing-variable")
        .collect();
    let place = |found: &Value| (found["place"]["line"].clone(), found["place"]["column"].clone());
    assert_eq!(
        missing.iter().map(|found| place(found)).collect::<Vec<_>>(),
        [(2.into(), 58.into()), (21.into(), 16.into())]
    );
    assert_eq!(missing[0]["fix"]["edits"][0]["replacement"], "((branch))");
    assert_eq!(missing[0]["fix"]["safe"], false);
    let sarif = desk.json(&with("sarif"));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "missing-variable").unwrap();
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startColumn"], 58);
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for name in ["missing-variable", "wrong-kind", "path-with-dots"] {
        assert!(rules.iter().any(|rule| rule["id"] == name), "{name}");
    }
    let github = stdout(&desk.quayside(&with("github")));
    assert!(
        github.contains("::error file=p.yml,line=21,col=16,endLine=21,endColumn=27,title=missing-variable::"),
        "{github}"
    );
}

#[test]
fn a_comment_allows_what_stands_within_a_value_of_several_lines() {
    let comment = "# lint: allow(missing-variable) the credential manager has it";
    let cases = [
        ("above", PIPELINE.replace("        - |\n", &format!("        {comment}\n        - |\n"))),
        ("at its first line", PIPELINE.replace("- |\n", &format!("- | {comment}\n"))),
        ("in the file", format!("{}\n{PIPELINE}", comment.replace("allow(", "allow-file("))),
    ];
    let values = ["-l", "vars.yml", "-y", "attempts=3", "-v", "brnch=main"];
    for (case, text) in cases {
        let desk = Desk::new(&[("p.yml", &text), ("vars.yml", VALUES)]);
        let lint = |more: &[&str]| {
            let arguments = [&["lint", "--allow", "unknown-var-source"], more, &values, &["p.yml"]].concat();
            let output = desk.quayside(&arguments);
            (output.status.code(), stdout(&output))
        };
        assert_eq!(lint(&["--all-variables"]), (Some(0), "looks good (1 pipeline)\n".into()), "{case}");
        // Without the flag the rule does not look, so the comment is not left over.
        assert_eq!(lint(&[]), (Some(0), "looks good (1 pipeline)\n".into()), "{case}");
    }
}

#[test]
fn a_merge_of_a_variable_without_value_is_told_once_and_the_rest_is_still_looked_at() {
    let text = "\
resources:
- {name: repo, type: git, source: {\"<<\": ((access))}}
- name: unused
  \"<<\": ((more))
jobs:
- name: build
  plan: [{get: repo, trigger: yes, passed: [nothing]}]
";
    let desk = Desk::new(&[("p.yml", text)]);
    let json = desk.json(&["lint", "--format", "json", "p.yml"]);
    let found: Vec<(&str, u64)> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| (found["rule"].as_str().unwrap(), found["place"]["line"].as_u64().unwrap()))
        .collect();
    assert!(
        found.contains(&("missing-variable", 2)) && found.contains(&("missing-variable", 4)),
        "{found:?}"
    );
    assert!(found.contains(&("validation", 7)), "{found:?}");
    assert!(!found.iter().any(|(rule, _)| matches!(*rule, "unknown-key" | "resource-schema")), "{found:?}");
}

#[test]
fn what_a_variable_gave_is_not_changed_where_the_variable_stands() {
    let text = "\
resources:
- {name: repo, type: git, source: {\"<<\": ((access)), uri: x}}
jobs:
- name: build
  plan: [{get: repo, trigger: true}]
";
    let desk = Desk::new(&[("p.yml", text)]);
    let json = desk.json(&["lint", "--format", "json", "-y", "access={brnch: main}", "p.yml"]);
    let found = &json["findings"][0];
    assert_eq!(found["message"], "the source of `git` has no `brnch`");
    assert_eq!(found["help"], "write `branch` in the value of `((access))`");
    assert!(found["fix"].is_null(), "{found}");
}

#[test]
fn variables_of_the_instance_are_values_and_need_no_use() {
    let desk = desk();
    let given =
        ["-i", "brnch=main", "-i", "team=blue", "-i", "attempts=3", "-v", "message=x", "-l", "vars.yml"];
    let arguments =
        [&["lint", "--all-variables", "--allow", "unknown-var-source"], &given[..], &["p.yml"]].concat();
    let output = desk.quayside(&arguments);
    assert_eq!(stdout(&output), "looks good (1 pipeline)\n");
}

#[test]
fn render_names_each_missing_variable_and_its_place_and_leaves_those_of_the_build() {
    let desk = desk();
    let output = desk.quayside(&["render", "--all-variables", "-l", "vars.yml", "p.yml"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = "error: variables have no value
  p.yml:2:58: ((brnch))
  p.yml:9:15: ((attempts))
  p.yml:21:16: ((message))
  help: give values with `-v`, `-y` or `-l`; `quayside lint --all-variables` tells near names
";
    assert_eq!(said, expected);
    assert_eq!(output.status.code(), Some(2));
    let given = ["-v", "brnch=main", "-y", "attempts=3", "-v", "message=x", "-l", "vars.yml"];
    let output = desk.quayside(&[&["render", "--all-variables"], &given[..], &["p.yml"]].concat());
    let rendered = stdout(&output);
    assert!(
        rendered.contains("VERSION: ((.:version))") && rendered.contains("tag: ((vault:tag))"),
        "{rendered}"
    );
    assert_eq!(output.status.code(), Some(0));
}
