//! The built command, as users run it.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn quayside(arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("quayside").unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pipelines");
    command.current_dir(folder).env_clear().args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn lint_shows_the_line_the_caret_and_the_change() {
    let output = quayside(&["lint", "--artifact", "repo=repo", "bad.yml"]);
    let expected = r#"warning[resource-schema]: the source of `git` has no `brnch`
 --> bad.yml:4:47
  |
4 |   source: {uri: https://example.com/repo.git, brnch: main}
  |                                               ^^^^^ the resource passes over it
  |
help: write `branch`
  |
4 |   source: {uri: https://example.com/repo.git, branch: main}
  |                                                 +

warning[changed-value]: `1.10` is the number 1.1 in YAML 1.1
  --> bad.yml:12:23
   |
12 |     params: {VERSION: 1.10}
   |                       ^^^^ the task gets `1.1`
   |
help: put the value in quotes
   |
12 -     params: {VERSION: 1.10}
12 +     params: {VERSION: "1.10"}
   |

2 warnings in 1 pipeline
"#;
    assert_eq!(stdout(&output), expected);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn lint_finds_nothing_in_a_good_pipeline() {
    let output = quayside(&["lint", "--artifact", "repo=repo", "good.yml"]);
    assert_eq!(stdout(&output), "looks good (1 pipeline)\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn exit_status_tells_what_came_of_it() {
    let cases: &[(&str, &[&str], i32)] = &[
        ("warnings", &["lint", "bad.yml"], 1),
        ("warnings that pass", &["lint", "--warnings-pass", "bad.yml"], 0),
        ("rules left out", &["lint", "--allow", "resource-schema", "--allow", "changed-value", "bad.yml"], 0),
        ("no such rule", &["lint", "--allow", "no-such-rule", "bad.yml"], 2),
        ("no such file", &["lint", "missing.yml"], 2),
        ("no file", &["lint"], 2),
        ("malformed flag", &["lint", "-v", "x", "good.yml"], 2),
        ("hints alone", &["lint", "--hints", "good.yml"], 0),
        ("differs", &["diff", "good.yml", "bad.yml"], 1),
        ("same", &["diff", "good.yml", "good.yml"], 0),
        ("unreadable", &["diff", "good.yml", "missing.yml"], 2),
        ("no such group", &["graph", "--group", "x", "good.yml"], 2),
        ("no such schema", &["schema", "x"], 2),
        ("missing variable", &["render", "--all-variables", "good.yml"], 2),
    ];
    for (case, arguments, code) in cases {
        let output = quayside(arguments);
        assert_eq!(output.status.code(), Some(*code), "{case}: {}", stderr(&output));
    }
}

#[test]
fn lint_tells_other_programs_the_same_places() {
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&quayside(&["lint", "--format", "json", "bad.yml"]))).unwrap();
    assert_eq!(json["warnings"], 2);
    assert_eq!(json["findings"][0]["place"]["line"], 4);
    assert_eq!(json["findings"][1]["fix"]["safe"], true);
    let sarif: serde_json::Value =
        serde_json::from_str(&stdout(&quayside(&["lint", "--format", "sarif", "bad.yml"]))).unwrap();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&4.into(), &47.into()));
    let github = stdout(&quayside(&["lint", "--format", "github", "bad.yml"]));
    assert!(
        github.starts_with(
            "::warning file=bad.yml,line=4,col=47,endLine=4,endColumn=52,title=resource-schema::"
        ),
        "{github}"
    );
}

#[test]
fn fix_makes_safe_changes_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yml");
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pipelines/bad.yml");
    fs::copy(original, &path).unwrap();
    let output = quayside(&["lint", "--fix", path.to_str().unwrap()]);
    let fixed = fs::read_to_string(&path).unwrap();
    assert!(fixed.contains("VERSION: \"1.10\"") && fixed.contains("brnch"), "{fixed}");
    assert!(stderr(&output).contains("1 change(s) made"));
}

#[test]
fn rules_are_explained() {
    let output = stdout(&quayside(&["lint", "--explain", "boolean-key"]));
    assert!(output.contains("YAML 1.1") && output.contains("params: {N: 1"), "{output}");
    assert!(stdout(&quayside(&["lint", "--rules"])).lines().count() > 30);
}

#[test]
fn render_fills_in_and_sorts() {
    let output = quayside(&["render", "-v", "branch=main", "good.yml"]);
    let text = stdout(&output);
    assert!(text.starts_with("groups:\n- jobs:\n  - build\n  - test\n  name: main\njobs:\n"), "{text}");
    assert!(text.contains("branch: main"));
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&quayside(&["render", "--format", "json", "good.yml"]))).unwrap();
    assert_eq!(json["resources"][0]["source"]["branch"], "((branch))");
}

#[test]
fn diff_names_what_changed() {
    let text = stdout(&quayside(&["diff", "good.yml", "bad.yml"]));
    for expected in [
        "- group main",
        "- resource image",
        "~ resource repo",
        "- job test",
        "    + plan[1].params.VERSION: 1.1",
    ] {
        assert!(text.lines().any(|line| line.starts_with(expected)), "{expected} in\n{text}");
    }
}

#[test]
fn graph_draws_every_form() {
    let cases = [
        ("text", "build\n  ● repo\n  → image\n"),
        ("mermaid", "flowchart LR\n"),
        ("dot", "digraph pipeline {\n"),
        ("svg", "<svg "),
    ];
    for (format, start) in cases {
        let drawn = stdout(&quayside(&["graph", "--format", format, "good.yml"]));
        assert!(drawn.starts_with(start), "{format}: {drawn}");
    }
}

#[test]
fn references_of_schemas_lead_somewhere() {
    for name in ["pipeline", "task", "git", "registry-image", "quay-image"] {
        let schema: serde_json::Value = serde_json::from_str(&stdout(&quayside(&["schema", name]))).unwrap();
        assert!(schema.is_object(), "{name}");
        if matches!(name, "pipeline" | "task") {
            check_references(&schema, &schema);
        }
    }
}

fn check_references(root: &serde_json::Value, schema: &serde_json::Value) {
    match schema {
        serde_json::Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(|target| target.as_str()) {
                let pointer = target.strip_prefix('#').unwrap();
                assert!(root.pointer(pointer).is_some(), "{target} leads nowhere");
            }
            fields.values().for_each(|value| check_references(root, value));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| check_references(root, item)),
        _ => {}
    }
}

#[test]
fn completions_and_man_pages_are_made() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&quayside(&["completions", shell])).contains("quayside"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let output = quayside(&["manual", folder.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(folder.path().join("quayside-lint.1").exists());
}

#[test]
fn bad_input_is_told_and_does_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yml");
    let deep = "[".repeat(10_000);
    let cases: &[(&str, &[u8])] = &[
        ("not UTF-8", b"a: \xff"),
        ("deep", deep.as_bytes()),
        ("tricks", br#"jobs: [{name: "\e[2J\u009b\u202e\r::error::x", plan: [{get: "\u009bm"}]}]"#),
        ("empty", b""),
        ("binary", b"\x00\x01\x02"),
    ];
    for (case, bytes) in cases {
        fs::write(&path, bytes).unwrap();
        let path = path.to_str().unwrap();
        let commands: &[&[&str]] = &[
            &["lint", path],
            &["lint", "--format", "github", path],
            &["lint", "--format", "json", path],
            &["lint", "--format", "sarif", path],
            &["graph", path],
            &["graph", "--format", "svg", path],
            &["graph", "--format", "dot", path],
            &["graph", "--format", "mermaid", path],
            &["render", path],
            &["diff", path, "good.yml"],
            &["diff", "good.yml", path],
        ];
        for command in commands {
            let output = quayside(command);
            let told = format!("{}{}", stdout(&output), stderr(&output));
            assert!(matches!(output.status.code(), Some(0..=2)), "{case} {command:?}: {told}");
            let tricks = ["panicked", "\u{1b}", "\u{9b}", "\u{202e}"];
            let is_rendered = command[0] == "render";
            let found =
                tricks.iter().find(|trick| told.contains(**trick) && !(is_rendered && **trick == "\u{202e}"));
            assert_eq!(found, None, "{case} {command:?}: {told}");
            assert!(!told.lines().any(|line| line.starts_with("::error::")), "{case} {command:?}: {told}");
        }
    }
}

/// What is told has an end, in every form, and says so; the counts are of all.
#[test]
fn thousands_of_findings_of_one_rule_are_counted_and_not_all_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yml");
    let params: String = (0..20_000).map(|number| format!("      P{number}: ((a..{number}))\n")).collect();
    let lines = format!("jobs:\n- name: j\n  plan:\n  - task: t\n    file: x/y\n    params:\n{params}");
    let text: String = (0..20_000).map(|number| format!("((a..{number}))")).collect();
    let one_line = format!("jobs:\n- {{name: j, plan: [{{task: t, file: x/y, params: {{A: '{text}'}}}}]}}\n");
    for (case, pipeline) in [("a line each", lines), ("all in one line", one_line)] {
        fs::write(&path, pipeline).unwrap();
        let lint = |format: &str| {
            stdout(&quayside(&[
                "lint",
                "--allow",
                "missing-artifact",
                "--format",
                format,
                path.to_str().unwrap(),
            ]))
        };
        let json: serde_json::Value = serde_json::from_str(&lint("json")).unwrap();
        assert_eq!(json["errors"], 20_000, "{case}");
        let told = json["findings"].as_array().unwrap().len();
        assert!((1..=1000).contains(&told), "{case}: {told}");
        let left = 20_000 - told;
        assert_eq!(
            (&json["left_out"][0]["rule"], &json["left_out"][0]["count"]),
            (&"variable".into(), &left.into())
        );
        let said = format!("{left} more of `variable` in {} are not told", path.display());
        for format in ["text", "sarif", "github"] {
            assert!(lint(format).contains(&said), "{case} {format}");
        }
    }
}

#[test]
fn files_and_flags_that_cannot_be_used_are_named_and_so_is_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (ok, broken, list) =
        (write("ok.yml", b"jobs: []"), write("broken.yml", b"a: 1\nb: [\n"), write("list.yml", b"- a"));
    let folder_path = folder.path().to_str().unwrap();
    let large = folder.path().join("large.yml");
    fs::File::create(&large).unwrap().set_len(100 * 1024 * 1024).unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["lint", "-l", &broken, &ok], "broken.yml:2:4): error converting YAML to JSON"),
        (&["lint", "-l", &list, &ok], "list.yml): variables must be a map, and this is a list"),
        (&["lint", "-l", "nowhere.yml", &ok], "cannot read `nowhere.yml`: No such file"),
        (&["lint", folder_path], "Is a directory"),
        (&["lint", large.to_str().unwrap()], "it is larger than 16777216 bytes"),
        (&["lint", "-v", "x", &ok], "`-v …`: invalid variable pair 'x' (must be name=value)"),
        (&["lint", "-y", "a=[s3cret", &ok], "`-y a`: error converting YAML"),
        (&["lint", "-i", "a..b=1", &ok], "`--instance-var a..b`: invalid var 'a..b': empty field"),
        (&["lint", "--explain", "wrng-kind"], "did you mean `wrong-kind`?"),
        (&["lint", "--nope", &ok], "unexpected argument '--nope'"),
    ];
    for (arguments, expected) in cases {
        let output = quayside(arguments);
        let said = stderr(&output);
        assert!(said.contains(expected) && !said.contains("s3cret"), "{arguments:?}: {said}");
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{arguments:?}");
    }
}
