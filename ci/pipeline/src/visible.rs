//! Text that cannot play tricks on those who read it.

use std::borrow::Cow;

/// Replaces what moves a terminal's cursor or turns its text around: control characters but tabs and line breaks, and
/// marks of writing direction. Each becomes something of as many bytes, so that places stay true.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_trick) {
        return Cow::Borrowed(text);
    }
    let shown = |character: char| match (is_trick(character), character.len_utf8()) {
        (false, _) => character,
        (true, 1) => '?',
        (true, 2) => '\u{b7}',
        (true, _) => char::REPLACEMENT_CHARACTER,
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Returns a text on one line, with what plays tricks on readers replaced as [`visible`] does.
pub fn visible_line(text: &str) -> String {
    visible(text).replace(['\n', '\r', '\t'], " ")
}

/// Returns whether a character should not reach a terminal or a page as it is.
pub fn is_trick(character: char) -> bool {
    let turns =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (character.is_control() && !matches!(character, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tricks_become_something_of_as_many_bytes() {
        let text = "a\u{1b}[2J\u{9b}31m\u{202e}é\n\tb";
        assert_eq!(visible(text), "a?[2J\u{b7}31m\u{fffd}é\n\tb");
        assert_eq!(visible(text).len(), text.len());
        assert_eq!(visible_line(text), "a?[2J\u{b7}31m\u{fffd}é  b");
        assert!(matches!(visible("größe"), Cow::Borrowed(_)));
    }
}
