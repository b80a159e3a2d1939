//! What go-yaml refuses and the syntax parser, which follows YAML 1.2, lets through.

use super::ReadError;
use crate::source::Span;

const TAB_HINT: &str = "indent with blanks";

/// Refuses characters that YAML 1.1 does not allow anywhere.
pub(super) fn check_characters(text: &str) -> Result<(), ReadError> {
    let is_usual = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if text.bytes().all(is_usual) {
        return Ok(());
    }
    let suspicious = text.char_indices().find(|(offset, character)| !is_allowed(*character, *offset));
    match suspicious {
        Some((offset, character)) => {
            let span = Span::new(offset, offset + character.len_utf8());
            Err(ReadError::new("control characters are not allowed", span)
                .with_hint("remove the character, or write it as an escape in double quotes"))
        }
        None => Ok(()),
    }
}

fn is_allowed(character: char, offset: usize) -> bool {
    match character {
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' => true,
        '\u{feff}' => offset == 0,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => character >= '\u{a0}',
    }
}

/// Refuses a tab where YAML 1.1 counts indentation: before the first thing on a line, and after `-`.
pub(super) fn check_indentation(text: &str, start: usize) -> Result<(), ReadError> {
    let before = text.get(..start).unwrap_or_default();
    let line_start = before.rfind(['\n', '\r']).map_or(0, |index| index + 1);
    let indentation = &before[line_start..];
    let Some(tab) = indentation.find('\t') else { return Ok(()) };
    if !indentation.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'?')) {
        return Ok(());
    }
    let span = Span::new(line_start + tab, line_start + tab + 1);
    Err(ReadError::new("found character that cannot start any token", span).with_hint(TAB_HINT))
}

/// Refuses `{a:}` and `[a:]`: the colon belongs to the text under YAML 1.1 and to the key under 1.2.
pub(super) fn check_flow_colon(text: &str, end: usize) -> Result<(), ReadError> {
    match text.as_bytes().get(end..end + 2) {
        Some([b':', b',' | b'[' | b']' | b'{' | b'}']) => {
            let span = Span::new(end, end + 1);
            Err(ReadError::new("`:` is read as part of the text here", span)
                .with_hint("put a blank after the colon"))
        }
        _ => Ok(()),
    }
}

/// Refuses the escape `\/`, which YAML 1.1 does not have.
pub(super) fn check_escapes(written: &str, start: usize) -> Result<(), ReadError> {
    let mut bytes = written.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        if byte == b'\\' && bytes.next().is_some_and(|(_, escaped)| escaped == b'/') {
            let span = Span::new(start + index, start + index + 2);
            return Err(ReadError::new("found unknown escape character", span).with_hint("write a plain `/`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_found_where_they_stand() {
        let cases = [("bell", "a: \u{7}", 3), ("delete", "\u{7f}", 0), ("second mark", "a\u{feff}", 1)];
        for (case, text, offset) in cases {
            assert_eq!(check_characters(text).unwrap_err().span.start(), offset, "{case}");
        }
        assert_eq!(check_characters("\u{feff}a: \té\r\n😀"), Ok(()));
    }

    #[test]
    fn tabs_are_refused_only_as_indentation() {
        for (text, start) in [("\ta", 1), ("x:\n  -\ta", 7), ("- \t- a", 3)] {
            assert!(check_indentation(text, start).is_err(), "{text:?}");
        }
        for (text, start) in [("a:\tb", 3), ("a: [b,\tc]", 7)] {
            assert_eq!(check_indentation(text, start), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn unknown_escape_is_found_behind_escaped_backslashes() {
        assert!(check_escapes(r#""a\/b""#, 0).is_err());
        assert_eq!(check_escapes(r#""a\\/b""#, 0), Ok(()));
    }
}
