//! What a plain scalar means under YAML 1.1, as go-yaml 2 resolves it.

use super::{Number, Value};

/// Resolves a scalar written without quotes and without a tag.
///
/// Dates stay text: go-yaml keeps them so for older programs' sake. Base 60 numbers stay text too.
pub fn resolve_plain(text: &str) -> Value {
    let Some(first) = text.bytes().next() else { return Value::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => resolve_word(text),
        b'.' => resolve_dotted(text),
        b'+' | b'-' | b'0'..=b'9' => resolve_numeric(text),
        _ => Value::String(text.into()),
    }
}

/// Returns what a plain scalar would turn into when it would not stay text: the words of a message
/// such as "the boolean true". Nothing for text.
pub fn means(text: &str) -> Option<String> {
    match resolve_plain(text) {
        Value::Null => Some("null".into()),
        Value::Bool(value) => Some(format!("the boolean {value}")),
        Value::Number(number) => Some(format!("the number {}", number.to_text())),
        _ => None,
    }
}

fn resolve_word(text: &str) -> Value {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Value::Null,
        _ => Value::String(text.into()),
    }
}

fn resolve_dotted(text: &str) -> Value {
    let float = match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" => Some(f64::INFINITY),
        _ if is_float(text) => text.parse().ok().map(without_sign_of_zero),
        _ => None,
    };
    float.map_or_else(|| Value::String(text.into()), |value| Value::Number(Number::Float(value)))
}

fn resolve_numeric(text: &str) -> Value {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Value::Number(Number::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Number(Number::Float(f64::NEG_INFINITY)),
        _ if is_date(text) => return Value::String(text.into()),
        _ => {}
    }
    let digits = text.replace('_', "");
    let number = integer(&digits).or_else(|| {
        // The parse gives infinity for what is too large, where Go refuses.
        let float = is_float(&digits).then(|| digits.parse().ok()).flatten()?;
        f64::is_finite(float).then_some(Number::Float(without_sign_of_zero(float)))
    });
    number.map_or_else(|| Value::String(text.into()), Value::Number)
}

/// Concourse writes `-0.0` as `-0`, which is then read as the whole number zero.
fn without_sign_of_zero(float: f64) -> f64 {
    float + 0.0
}

/// Reads a whole number as Go does with base 0: `0x`, `0o`, `0b`, or a leading zero for octal.
fn integer(text: &str) -> Option<Number> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = radix_of(unsigned);
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(size).map(Number::Int);
    }
    match i64::try_from(size) {
        Ok(value) => Some(Number::Int(value)),
        // Go's unsigned numbers take no sign.
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Number::Uint(size)),
    }
}

fn radix_of(text: &str) -> (u32, &str) {
    match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &text[2..]),
        [b'0', b'o' | b'O', ..] => (8, &text[2..]),
        [b'0', b'b' | b'B', ..] => (2, &text[2..]),
        [b'0', _, ..] => (8, &text[1..]),
        _ => (10, text),
    }
}

/// Matches `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// Matches dates such as `2001-1-2` and `2001-12-14T21:59:43Z` near enough: four digits, a dash and a
/// month. Nothing else of that shape is a number.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_yaml_1_1_are_booleans_and_null() {
        for word in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"] {
            assert_eq!(resolve_plain(word), Value::Bool(true), "{word}");
        }
        for word in ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"] {
            assert_eq!(resolve_plain(word), Value::Bool(false), "{word}");
        }
        for word in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve_plain(word), Value::Null, "{word}");
        }
        for word in ["yEs", "tRUE", "nope", "nULL", "<<", "=", "((x))", "yes ", "None", "nil"] {
            assert_eq!(resolve_plain(word), Value::String(word.into()), "{word}");
        }
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let cases = [
            ("1.10", "1.1"),
            ("0777", "511"),
            ("1e3", "1000"),
            ("12345678901234567890", "12345678901234567000"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("0b101", "5"),
            ("-0b101", "-5"),
            ("1_000", "1000"),
            ("089", "89"),
            ("0", "0"),
            ("-0", "0"),
            ("+7", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("9223372036854775808", "9223372036854775808"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("1E-3", "0.001"),
            ("-0.0", "0"),
        ];
        for (text, expected) in cases {
            let Value::Number(number) = resolve_plain(text) else { panic!("{text} is no number") };
            let expected: f64 = expected.parse().unwrap();
            assert_eq!(number.as_f64().to_bits(), expected.to_bits(), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_stays_text() {
        for text in [
            "1:30",
            "2001-01-01",
            "2001-12-14T21:59:43Z",
            "1.2.3",
            "0x",
            "1e",
            "--1",
            "1.5.0",
            "+",
            "-",
            ".",
            "0xg",
            "1e400",
            "e5",
            "1 2",
        ] {
            assert_eq!(resolve_plain(text), Value::String(text.into()), "{text}");
        }
    }

    #[test]
    fn meaning_is_named_for_messages() {
        assert_eq!(means("on").as_deref(), Some("the boolean true"));
        assert_eq!(means("1.10").as_deref(), Some("the number 1.1"));
        assert_eq!(means("main"), None);
    }
}
