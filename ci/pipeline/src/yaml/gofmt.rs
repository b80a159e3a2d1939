//! How Go writes numbers and quotes text, as far as it shows in Concourse's results and messages.

use std::fmt::Write;

/// Writes a float as Go's JSON encoder does: plain digits between 1e-6 and 1e21, else with an
/// exponent.
pub fn json_float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        return tidy_exponent(&format!("{value:e}"), 1);
    }
    format!("{value}")
}

/// Writes a float as go-yaml's encoder does (`%g`): with an exponent below 1e-4 and from 1e6 on.
pub fn yaml_float(value: f64) -> String {
    special(value).map_or_else(|| general(&format!("{value}"), &format!("{value:e}")), Into::into)
}

/// Writes a float with the precision of 32 bits, as a number becomes text in a plain text field.
pub fn short_float(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "sigs.k8s.io/yaml formats with 32 bits")]
    let short = value as f32;
    special(value).map_or_else(|| general(&format!("{short}"), &format!("{short:e}")), Into::into)
}

/// Quotes text as Go's `%q` does.
pub fn quote(text: &str) -> String {
    quote_with(text, |character| character.is_control())
}

/// Quotes text as Go's `%+q` does: everything beyond ASCII is escaped.
pub fn quote_ascii(text: &str) -> String {
    quote_with(text, |character| character.is_control() || !character.is_ascii())
}

fn special(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_nan() => Some(".nan"),
        f64::INFINITY => Some(".inf"),
        f64::NEG_INFINITY => Some("-.inf"),
        _ => None,
    }
}

/// Chooses between the plain and the exponent form as Go's `%g` does.
fn general(plain: &str, scientific: &str) -> String {
    let exponent = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    if (-4..6).contains(&exponent) { plain.into() } else { tidy_exponent(scientific, 2) }
}

/// Turns Rust's `1e21` and `1e-7` into Go's `1e+21` and `1e-07`.
fn tidy_exponent(text: &str, least_digits: usize) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else { return text.into() };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>least_digits$}")
}

fn quote_with(text: &str, escaped: impl Fn(char) -> bool) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            _ if escaped(character) => push_escape(&mut quoted, character),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn push_escape(quoted: &mut String, character: char) {
    let code = u32::from(character);
    let written = match code {
        0..=0x7f => write!(quoted, "\\x{code:02x}"),
        0x80..=0xffff => write!(quoted, "\\u{code:04x}"),
        _ => write!(quoted, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_go_does() {
        let cases = [
            (1.1, "1.1", "1.1"),
            (511.0, "511", "511"),
            (1000.0, "1000", "1000"),
            (1e6, "1000000", "1e+06"),
            (1_234_567.5, "1234567.5", "1.2345675e+06"),
            (1e21, "1e+21", "1e+21"),
            (1e-7, "1e-7", "1e-07"),
            (0.00001, "0.00001", "1e-05"),
            (12_345_678_901_234_567_890.0, "12345678901234567000", "1.2345678901234567e+19"),
            (0.0, "0", "0"),
            (-2.5, "-2.5", "-2.5"),
        ];
        for (value, json, yaml) in cases {
            assert_eq!(json_float(value), json);
            assert_eq!(yaml_float(value), yaml);
        }
        assert_eq!(short_float(16_777_217.5), "1.6777218e+07");
    }

    #[test]
    fn text_is_quoted_as_go_does() {
        assert_eq!(quote("a\"b\\\n\u{1}é"), "\"a\\\"b\\\\\\n\\x01é\"");
        assert_eq!(quote_ascii("é😀"), "\"\\u00e9\\U0001f600\"");
    }
}
