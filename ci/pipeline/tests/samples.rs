//! Every file of `samples/` is a pipeline whose first lines say what Concourse makes of it.
//!
//! The lines were recorded from Concourse 8.3.0: `error:` and `warning:` lines are its own words and in its
//! order, save that it lists unknown fields and ungrouped jobs in random order. Where it refuses a text
//! before validation, `refused:` has our words, since its own name Go's types. `strict: refused` marks
//! what only `validate-pipeline --strict` refuses besides.

use std::fmt::Write as _;
use std::path::Path;

use pipeline::check::{CheckError, Checked, check};
use pipeline::vars::Chain;

#[test]
fn samples_get_the_verdict_of_concourse() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let mut seen = 0;
    let mut wrong = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let expected: String =
            text.lines().map_while(|line| line.strip_prefix("# ")).map(|line| format!("{line}\n")).collect();
        let found = verdict(&text);
        if found != expected {
            writeln!(wrong, "{}:\nexpected\n{expected}found\n{found}", path.display()).unwrap();
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(seen > 100, "only {seen} samples found");
}

fn verdict(text: &str) -> String {
    let checked = match check(text, &Chain::new()) {
        Ok(checked) => checked,
        Err(CheckError::Read(error)) => return refused(&format!("yaml: {}", error.message)),
        Err(CheckError::Interpolation(error)) => return refused(&error.to_string()),
    };
    if !checked.document.duplicates.is_empty() {
        return refused(&duplicate_lines(&checked, text));
    }
    if !checked.decoded.mistakes.is_empty() {
        let messages: Vec<String> =
            checked.decoded.mistakes.iter().map(|mistake| mistake.message()).collect();
        return refused(&messages.join("\n"));
    }
    let mut lines = String::new();
    for message in checked.report.error_messages() {
        message.trim_end_matches('\n').split('\n').for_each(|line| writeln!(lines, "error: {line}").unwrap());
    }
    for warning in &checked.report.warnings {
        writeln!(lines, "warning: {}", warning.message).unwrap();
    }
    if lines.is_empty() {
        lines.push_str("accepted\n");
    }
    if !checked.decoded.unknown_top_level.is_empty() {
        lines.push_str("strict: refused\n");
    }
    lines
}

fn duplicate_lines(checked: &Checked, text: &str) -> String {
    let source = pipeline::Source::new("sample", text);
    let line = |offset| source.position(offset).line;
    let lines: Vec<String> = checked
        .document
        .duplicates
        .iter()
        .map(|duplicate| {
            let message = duplicate.message(line(duplicate.first.start()));
            format!("line {}: {message}", line(duplicate.span.start()))
        })
        .collect();
    lines.join("\n")
}

fn refused(message: &str) -> String {
    message.split('\n').map(|line| format!("refused: {line}\n")).collect()
}
