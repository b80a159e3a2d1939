//! Letters by Unicode's general categories, as Go's regular expressions have them.

use std::sync::LazyLock;

use regex::Regex;

/// Returns whether a character is a letter (`\pL`).
pub(crate) fn is_letter(character: char) -> bool {
    static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\pL$").ok());
    if character.is_ascii() { character.is_ascii_alphabetic() } else { matches(&LETTER, character) }
}

/// Returns whether a character is a letter without case or a small one, which identifiers are made of.
pub(crate) fn is_identifier_letter(character: char) -> bool {
    static LETTER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{Ll}\p{Lt}\p{Lm}\p{Lo}]$").ok());
    if character.is_ascii() { character.is_ascii_lowercase() } else { matches(&LETTER, character) }
}

fn matches(pattern: &Option<Regex>, character: char) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(character.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_told_by_category() {
        let cases = [
            ('a', true, true),
            ('A', true, false),
            ('é', true, true),
            ('É', true, false),
            ('日', true, true),
            ('5', false, false),
            ('Ⅷ', false, false),
            ('_', false, false),
        ];
        for (character, letter, identifier) in cases {
            assert_eq!(is_letter(character), letter, "{character}");
            assert_eq!(is_identifier_letter(character), identifier, "{character}");
        }
    }
}
