//! Where variables stand in a text.

use std::ops::Range;

use crate::letters::is_letter;

/// A `((name))` in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence<'text> {
    /// What stands between the parentheses.
    pub name: &'text str,
    /// The bytes from `((` to `))`.
    pub range: Range<usize>,
}

/// Finds the variables of a text, left to right.
///
/// Between the parentheses there may be letters, digits and `_ - / . : @ "`. With anything else, such
/// as a blank, the text is left as it is: `(( x ))` is no variable.
pub fn occurrences(text: &str) -> Vec<Occurrence<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(offset) = text[from..].find("((") {
        let open = from + offset;
        match name_at(text, open + 2) {
            Some(name) => {
                let end = open + 2 + name.len() + 2;
                found.push(Occurrence { name, range: open..end });
                from = end;
            }
            None => from = open + 1,
        }
    }
    found
}

fn name_at(text: &str, start: usize) -> Option<&str> {
    let rest = &text[start..];
    let length = rest.find(|character| !is_name_character(character)).unwrap_or(rest.len());
    (length > 0 && rest[length..].starts_with("))")).then(|| &rest[..length])
}

fn is_name_character(character: char) -> bool {
    match character {
        '-' | '/' | '.' | ':' | '@' | '"' | '_' => true,
        _ if character.is_ascii_digit() => true,
        _ => is_letter(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_only_what_the_rule_allows() {
        let cases: &[(&str, &[&str])] = &[
            ("((x))", &["x"]),
            ("a ((x)) b ((y.z)) c", &["x", "y.z"]),
            ("(( x ))", &[]),
            ("((x ))", &[]),
            ("(((x)))", &["x"]),
            ("((()))", &[]),
            ("((a || b))", &[]),
            ("((src:a/b.\"c d\"))", &[]),
            ("((src:a/b.\"c.d\"@1))", &["src:a/b.\"c.d\"@1"]),
            ("((größe))", &["größe"]),
            ("((x)", &[]),
            ("((x", &[]),
            ("((a((b))", &["b"]),
            ("((x$))", &[]),
        ];
        for (text, names) in cases {
            let found: Vec<&str> = occurrences(text).into_iter().map(|occurrence| occurrence.name).collect();
            assert_eq!(found, *names, "{text}");
        }
    }

    #[test]
    fn ranges_cover_the_parentheses() {
        assert_eq!(occurrences("a (((x))) é")[0].range, 3..8);
    }
}
