//! Every file of `samples/invalid` must give the findings beside it, and no rule may find anything in the
//! file of its name in `samples/valid`.
//!
//! `UPDATE_SAMPLES=1 cargo test -p lint` writes what is found anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use lint::{FoundTaskFile, Linted, Lookup, Options, TaskFileFinder, TypeSchemas, all_rules, lint};
use pipeline::Source;
use pipeline::vars::{FlyVariables, read_variable_file};

/// The folder of samples stands for the artifact `repo`.
struct Samples;

impl TaskFileFinder for Samples {
    fn find(&self, lookup: &Lookup<'_>) -> FoundTaskFile {
        if lookup.artifact != "repo" {
            return FoundTaskFile::Unknown;
        }
        let name = format!("repo/{}", lookup.path);
        match fs::read_to_string(folder().join(&name)) {
            Ok(text) => FoundTaskFile::Found { name, text },
            Err(_) => FoundTaskFile::Missing { looked_at: name },
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")
}

fn linted(path: &Path) -> Linted {
    linted_text(&fs::read_to_string(path).unwrap())
}

/// Lints a text with what its lines `# given: -v x=1` give; `-l` takes the file's text.
fn linted_text(text: &str) -> Linted {
    let (mut variables, mut all_variables) = (FlyVariables::default(), false);
    for given in text.lines().filter_map(|line| line.strip_prefix("# given: ")) {
        match given.split_once(' ').unwrap_or((given, "")) {
            ("-v", argument) => variables.text.push(argument.into()),
            ("-y", argument) => variables.yaml.push(argument.into()),
            ("-i", argument) => variables.instance.push(argument.into()),
            ("-l", file) => variables.files.push(read_variable_file(file).unwrap().named("vars.yml")),
            ("--all-variables", "") => all_variables = true,
            other => panic!("{other:?}"),
        }
    }
    let schemas = TypeSchemas::new();
    let options =
        Options { schemas: &schemas, task_files: Some(&Samples), variables: &variables, all_variables };
    lint(Source::new("pipeline.yml", text), &options)
}

fn samples(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder().join(kind)).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "yml")).collect();
    paths.sort();
    paths
}

fn rule_of(path: &Path) -> String {
    let name = path.file_stem().unwrap().to_str().unwrap();
    name.trim_end_matches("-without-any").to_owned()
}

/// Shows findings as text: place, what is marked there, and all that is said. Hints of other rules than the
/// sample's are left out.
fn shown(linted: &Linted, rule: &str) -> String {
    let mut text = String::new();
    let matters =
        |found: &&lint::Diagnostic| found.severity > lint::Severity::Hint || found.rule.name == rule;
    for found in linted.diagnostics.iter().filter(matters) {
        let place = |label: &lint::Label| {
            let source = &linted.sources[label.file];
            let at = source.position(label.span.start());
            let marked = source.slice(label.span).lines().next().unwrap_or_default();
            format!("{}:{}:{} `{marked}` {}", source.name(), at.line, at.column, label.text)
        };
        writeln!(text, "{}[{}]: {}", found.severity.name(), found.rule.name, found.message).unwrap();
        writeln!(text, "  at {}", place(&found.label).trim_end()).unwrap();
        found.related.iter().for_each(|label| writeln!(text, "  see {}", place(label).trim_end()).unwrap());
        found.notes.iter().for_each(|note| writeln!(text, "  note: {note}").unwrap());
        found.help.iter().for_each(|help| writeln!(text, "  help: {help}").unwrap());
        if let Some(fix) = &found.fix {
            let safe = if fix.is_safe { "fix" } else { "suggestion" };
            let edits: Vec<&str> = fix.edits.iter().map(|(_, text)| text.as_str()).collect();
            writeln!(text, "  {safe}: {}: {}", fix.title, edits.join(" … ")).unwrap();
        }
    }
    text
}

#[test]
fn bad_samples_give_the_findings_beside_them() {
    let mut wrong = String::new();
    for path in samples("invalid") {
        let rule = rule_of(&path);
        let linted = linted(&path);
        let found = shown(&linted, &rule);
        let beside = path.with_extension("txt");
        if std::env::var_os("UPDATE_SAMPLES").is_some() {
            fs::write(&beside, &found).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            writeln!(wrong, "{}:\nexpected\n{expected}\nfound\n{found}", path.display()).unwrap();
        }
        if !linted.diagnostics.iter().any(|diagnostic| diagnostic.rule.name == rule) {
            writeln!(wrong, "{}: {rule} found nothing", path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn rules_find_nothing_in_good_samples() {
    let mut wrong = String::new();
    for path in samples("valid") {
        let rule = rule_of(&path);
        let linted = linted(&path);
        let serious =
            |found: &&lint::Diagnostic| found.rule.name == rule || found.severity == lint::Severity::Error;
        for found in linted.diagnostics.iter().filter(serious) {
            writeln!(wrong, "{}: {}: {}", path.display(), found.rule.name, found.message).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_has_a_good_and_a_bad_sample_and_an_explanation() {
    for kind in ["valid", "invalid"] {
        let names: BTreeSet<String> = samples(kind).iter().map(|path| rule_of(path)).collect();
        let missing: Vec<&str> =
            all_rules().into_iter().map(|rule| rule.name).filter(|name| !names.contains(*name)).collect();
        assert!(missing.is_empty(), "{kind}: {missing:?}");
    }
    for rule in all_rules() {
        assert!(rule.explanation.trim().len() > 40, "{}", rule.name);
    }
}

#[test]
fn safe_fixes_leave_nothing_to_fix() {
    for path in samples("invalid") {
        let before = linted(&path);
        let (fixed, changes) = lint::apply_fixes(before.sources[0].text(), 0, &before.diagnostics);
        if changes == 0 {
            continue;
        }
        let after = linted_text(&fixed);
        let left = after
            .diagnostics
            .iter()
            .filter(|found| found.fix.as_ref().is_some_and(|fix| fix.is_safe))
            .count();
        assert_eq!(left, 0, "{}:\n{fixed}", path.display());
        assert!(after.diagnostics.len() < before.diagnostics.len(), "{}", path.display());
    }
}
