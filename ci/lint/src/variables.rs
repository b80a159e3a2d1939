//! What gives variables their values.

use pipeline::vars::{FlyVariables, Giver, Reference, occurrences};
use pipeline::yaml::means;

/// Returns the name of the variable that a scalar is, when it is nothing else.
pub(crate) fn whole_variable(text: &str) -> Option<&str> {
    let text = text.trim_matches(['"', '\'']);
    occurrences(text).first().filter(|found| found.range == (0..text.len())).map(|found| found.name)
}

/// Says what gave a variable its value.
pub(crate) fn given_by(giver: Giver<'_>) -> String {
    match giver {
        Giver::TextFlag => "`-v`".into(),
        Giver::YamlFlag => "`-y`".into(),
        Giver::InstanceFlag => "`-i`".into(),
        Giver::File("") => "a file of `-l`".into(),
        Giver::File(name) => format!("`{name}`"),
    }
}

/// Says how a variable could be given a value.
pub(crate) fn how_to_give(reference: &Reference, variables: &FlyVariables) -> String {
    let name = reference.without_source();
    let key = as_key(&reference.path);
    let flags = format!("`-v {name}=TEXT` or `-y {name}=YAML`");
    let mut files: Vec<String> = variables
        .files
        .iter()
        .filter(|file| !file.name.is_empty())
        .map(|file| format!("`{}`", file.name))
        .collect();
    files.dedup();
    match files.split_last() {
        None => format!("give it with {flags}, or in a file with `-l`"),
        Some((last, [])) => format!("add {key} to {last}, or give it with {flags}"),
        Some((last, others)) => {
            format!("add {key} to {} or {last}, or give it with {flags}", others.join(", "))
        }
    }
}

/// Returns a name as a file of variables writes it.
fn as_key(name: &str) -> String {
    match means(name) {
        None => format!("`{name}:`"),
        Some(meaning) => format!("`\"{name}\":` (without quotes it is {meaning})"),
    }
}
