//! From tree to text, in the form that Concourse writes: blocks, lists not indented within maps, quotes
//! only where YAML 1.1 would read something else. Long lines are not folded.

use super::scalar::resolve_plain;
use super::{Node, Number, Value, gofmt};

/// Writes a tree as YAML that reads back the same under YAML 1.1. Keys stay in their order, see
/// [`sort_keys`](super::sort_keys).
pub fn write(node: &Node) -> String {
    let mut writer = Writer { text: String::new() };
    match &node.value {
        Value::List(items) if !items.is_empty() => writer.list(items, 0),
        Value::Map(map) if !map.is_empty() => writer.map(map, 0),
        _ => writer.scalar(node, 0),
    }
    writer.text
}

struct Writer {
    text: String,
}

impl Writer {
    /// Writes the items of a list; the first stands where the writer is.
    fn list(&mut self, items: &[Node], indent: usize) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.indent(indent);
            }
            self.text.push('-');
            self.text.push(' ');
            match &item.value {
                Value::List(items) if !items.is_empty() => self.list(items, indent + 2),
                Value::Map(map) if !map.is_empty() => self.map(map, indent + 2),
                _ => self.scalar(item, indent),
            }
        }
    }

    /// Writes the entries of a map; the first stands where the writer is.
    fn map(&mut self, map: &super::Map, indent: usize) {
        for (index, entry) in map.iter().enumerate() {
            if index > 0 {
                self.indent(indent);
            }
            self.key(&entry.key);
            self.text.push(':');
            match &entry.value.value {
                Value::List(items) if !items.is_empty() => {
                    self.text.push('\n');
                    self.indent(indent);
                    self.list(items, indent);
                }
                Value::Map(map) if !map.is_empty() => {
                    self.text.push('\n');
                    self.indent(indent + 2);
                    self.map(map, indent + 2);
                }
                _ => {
                    self.text.push(' ');
                    self.scalar(&entry.value, indent);
                }
            }
        }
    }

    fn key(&mut self, key: &Node) {
        match &key.value {
            Value::String(text) if text.contains('\n') => self.text.push_str(&double_quoted(text)),
            _ => self.text.push_str(&scalar_text(key)),
        }
    }

    fn scalar(&mut self, node: &Node, indent: usize) {
        match &node.value {
            Value::String(text) if fits_literal(text) => self.literal(text, indent + 2),
            _ => {
                self.text.push_str(&scalar_text(node));
                self.text.push('\n');
            }
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.text.push('|');
        if text.starts_with([' ', '\n']) {
            self.text.push('2');
        }
        match (text.ends_with('\n'), text.ends_with("\n\n")) {
            (false, _) => self.text.push('-'),
            (true, true) => self.text.push('+'),
            (true, false) => {}
        }
        self.text.push('\n');
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    fn indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }
}

fn scalar_text(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number_text(number),
        Value::String(text) => string_text(text),
        Value::List(_) => "[]".into(),
        Value::Map(_) => "{}".into(),
    }
}

fn number_text(number: &Number) -> String {
    match number {
        Number::Int(value) => value.to_string(),
        Number::Uint(value) => value.to_string(),
        Number::Float(value) => gofmt::yaml_float(*value),
        // Digits of a flag are written as an integer or float again.
        Number::Digits(digits) => match digits.parse::<i64>() {
            Ok(value) => value.to_string(),
            Err(_) => gofmt::yaml_float(number.as_f64()),
        },
    }
}

fn string_text(text: &str) -> String {
    let means_other = !matches!(resolve_plain(text), Value::String(_)) || is_date_or_base_60(text);
    if means_other || text.contains('\t') || text.chars().any(needs_escape) {
        return double_quoted(text);
    }
    if is_plain(text) { text.into() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// Returns whether text can stand without quotes, indicators and blanks considered.
fn is_plain(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    let second = characters.next();
    let starts_well = match first {
        None => false,
        Some('-' | '?' | ':') => second.is_some_and(|character| character != ' '),
        Some(character) => !",[]{}#&*!|>'\"%@` =".contains(character),
    };
    starts_well
        && text != "<<"
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
}

/// Text that older YAML 1.1 readers take for a date or a number of base 60.
fn is_date_or_base_60(text: &str) -> bool {
    is_date(text) || is_base_60(text)
}

/// Matches `2001-1-2`, with or without a time behind.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split('-').collect();
    let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    matches!(parts[..], [year, month, day] if digits(year, 4..=4) && digits(month, 1..=2) && digits(day, 1..=2))
}

/// Matches `1:30` and `1:30:59.5`: after the first part, each is below 60.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let below_60 = |part: &str| part.parse::<u8>().is_ok_and(|number| number < 60) && part.len() <= 2;
    first.starts_with(|first: char| first.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && whole.contains(':')
        && parts.all(below_60)
}

/// Returns whether text of several lines can be a `|` block.
fn fits_literal(text: &str) -> bool {
    text.contains('\n')
        && !text.trim_matches('\n').is_empty()
        && !text.ends_with(' ')
        && !text.contains(" \n")
        && !text.starts_with('\t')
        && !text.contains("\n\t")
        && !text.chars().any(|character| character != '\n' && needs_escape(character))
}

fn needs_escape(character: char) -> bool {
    match character {
        '\t' => false,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => character.is_control(),
    }
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if needs_escape(character) => {
                let code = u32::from(character);
                let escape = if code <= 0xff { format!("\\x{code:02X}") } else { format!("\\u{code:04X}") };
                quoted.push_str(&escape);
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;

    /// Texts that other readers would change if they were written without care.
    const AWKWARD: &[&str] = &[
        "",
        " ",
        "yes",
        "n",
        "~",
        "null",
        "0777",
        "1.10",
        "1e3",
        "1:30",
        "2001-01-01",
        ".5",
        "<<",
        "=",
        "-",
        "- a",
        "?",
        "? a",
        ": a",
        ":a",
        "a:",
        "a: b",
        "a #b",
        "a#b",
        "#a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "'",
        "\"",
        "it's",
        "%a",
        "@a",
        "`a`",
        "{a",
        "[a",
        "a]",
        ",a",
        "a,b",
        "---",
        "--- a",
        "...",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "\na",
        "\n",
        "\n\n",
        " a\nb",
        "a \nb",
        "a\n\tb",
        "\ta",
        "a\tb",
        "a\r\nb",
        "a\u{1}b",
        "\u{85}",
        "\u{2028}",
        "é",
        "😀",
        "((x))",
        "a\\b",
        "a ",
        " a",
        "a\n b\n\n c\n",
        "\u{feff}a",
        "a\n\n",
        "\\",
        "\"\n",
        "- a\n- b\n",
    ];

    #[test]
    fn awkward_text_reads_back_the_same() {
        for text in AWKWARD {
            let list = format!("- {}", write(&Node::string(*text, Default::default())));
            for written in [write(&tree(text)), list] {
                let back =
                    read(&written).unwrap_or_else(|error| panic!("{text:?} written as {written:?}: {error}"));
                let found = back.root.as_ref().and_then(|root| match &root.value {
                    Value::Map(map) => map
                        .iter()
                        .next()
                        .map(|entry| (entry.name().to_owned(), entry.value.as_str().map(str::to_owned))),
                    Value::List(items) => Some((String::new(), items[0].as_str().map(str::to_owned))),
                    _ => None,
                });
                let (name, value) = found.unwrap_or_else(|| panic!("{text:?} written as {written:?}"));
                assert_eq!(value.as_deref(), Some(*text), "written as {written:?}");
                assert!(name.is_empty() || name == *text, "{text:?} as key in {written:?}");
            }
        }
    }

    fn tree(text: &str) -> Node {
        let value = Node::string(text, Default::default());
        Node::new(
            Value::Map([crate::yaml::Entry::new(text, value)].into_iter().collect()),
            Default::default(),
        )
    }

    #[test]
    fn written_form_is_that_of_concourse() {
        let text = "jobs:\n- name: a\n  plan:\n  - get: b\n    passed: []\n  - - x\n    - z\n  script: |\n    a\n    b\nr: null\ns: \"yes\"\nt: '*a'\n";
        let document = read(text).unwrap();
        assert_eq!(write(document.root.as_ref().unwrap()), text);
    }
}
