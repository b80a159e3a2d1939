//! The shared tasks, each alone, as `quayside task` runs them.

use std::process::{Command, Stdio};

use acceptance::program;
use shop::{empty_tools_image, repository};
use stack::Folder;

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Runs a task with inputs and params; returns whether it succeeded, and what it said.
fn task(name: &str, inputs: &[&str], files: &[(&str, &str)], params: &[(&str, &str)]) -> (bool, String) {
    let (folder, home) = (Folder::new("task"), Folder::new("home"));
    let image = empty_tools_image();
    let mut command = Command::new(program("quayside"));
    command.args(["task", "--runtime", "process", "-c"]);
    command.arg(repository().join(format!("pipelines/tasks/{name}.yml")));
    for input in inputs {
        std::fs::create_dir_all(folder.path().join(input)).unwrap();
        command.args(["-i", &format!("{input}={input}")]);
    }
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for field in ["repository", "digest"] {
        command.args(["-v", &format!("image.{field}={}", image[field].as_str().unwrap())]);
    }
    command.current_dir(folder.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("QUAYSIDE_HOME", home.path()).envs(params.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn an_image_is_approved_by_as_many_people_as_are_needed() {
    let file = format!("approvals/approvals/shop/{DIGEST}");
    let (ann, both) = ("Approved-by: Ann\nApproved-by: Ann\n", "Approved-by: Ann\nApproved-by: Bob\n");
    let cases = [
        ("nobody is needed", "0", "", true),
        ("nobody has", "1", "", false),
        ("one of one", "1", ann, true),
        ("the same twice", "2", ann, false),
        ("two of two", "2", both, true),
    ];
    for (case, needed, approvals, passes) in cases {
        let digest = format!("sha256:{DIGEST}");
        let mut files = vec![("release/digest", digest.as_str())];
        if !approvals.is_empty() {
            files.push((file.as_str(), approvals));
        }
        let (passed, said) =
            task("approved", &["approvals", "release"], &files, &[("SERVICE", "shop"), ("NEEDED", needed)]);
        assert_eq!(passed, passes, "{case}: {said}");
        assert!(said.contains(&format!("in approvals/shop/{DIGEST}")), "{case}: {said}");
    }
}

#[test]
fn findings_are_judged_by_their_score() {
    let report = |score: &str| {
        let rule = match score {
            "" => r#"{"id": "CVE-1"}"#.to_owned(),
            score => format!(r#"{{"id": "CVE-1", "properties": {{"security-severity": "{score}"}}}}"#),
        };
        let result = r#"{"ruleId": "CVE-1", "message": {"text": "a hole"}}"#;
        format!(r#"{{"runs": [{{"tool": {{"driver": {{"rules": [{rule}]}}}}, "results": [{result}]}}]}}"#)
    };
    let cases = [
        ("below", report("5.0"), true),
        ("exactly", report("6.9"), true),
        ("above", report("7.0"), false),
        ("more digits", report("10.0"), false),
        ("unknown", report(""), false),
        ("nothing found", r#"{"runs": [{"tool": {"driver": {}}, "results": []}]}"#.to_owned(), true),
    ];
    for (case, text, passes) in cases {
        let (passed, said) =
            task("judge-sarif", &["report"], &[("report/findings.sarif", &text)], &[("TOLERATE", "6.9")]);
        assert_eq!(passed, passes, "{case}: {said}");
        assert_eq!(said.contains("CVE-1: a hole"), !passes, "{case}: {said}");
    }
}

#[test]
fn a_report_that_is_none_does_not_pass() {
    let (passed, said) = task("judge-sarif", &["report"], &[("report/findings.sarif", "not JSON")], &[]);
    assert!(!passed, "{said}");
}

#[test]
fn papers_follow_each_other() {
    let (draft, accepted) = ("# Gifts\nStatus: draft\n", "# Gifts\nStatus: accepted\n");
    let cases = [
        ("in order", accepted, accepted, draft, ""),
        ("a design before its proposal is accepted", draft, draft, "", "the proposal 0007 is not accepted"),
        ("a plan before its design is accepted", accepted, draft, draft, "the design 0007 is not accepted"),
        ("no status", "# Gifts\n", "", "", "no line 'Status: draft'"),
        ("only a proposal", draft, "", "", ""),
    ];
    for (case, proposal, design, plan, problem) in cases {
        let paper = |folder: &str| format!("source/process/{folder}/0007-gift-cards.md");
        let papers = [(paper("proposals"), proposal), (paper("designs"), design), (paper("plans"), plan)];
        let written = papers.iter().filter(|(_, text)| !text.is_empty());
        let files: Vec<(&str, &str)> = written.map(|(path, text)| (path.as_str(), *text)).collect();
        let (passed, said) = task("check-process", &["source"], &files, &[]);
        assert_eq!(passed, problem.is_empty(), "{case}: {said}");
        assert!(said.contains(problem), "{case}: {said}");
    }
}
