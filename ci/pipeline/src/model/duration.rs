//! Durations as Go writes them: `1h30m`, `1.5s`, `-2ms`.

use std::time::Duration;

use crate::yaml::gofmt::quote;

/// Why text is no duration, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidDuration(String);

/// The largest number of nanoseconds that Go's durations hold.
const MAX_NANOSECONDS: f64 = 9_223_372_036_854_775_807.0;

/// Reads a duration: numbers, each with a unit of `ns us µs ms s m h`, or `0`.
///
/// Negative durations are valid to Go and end before they begin; they are zero here.
///
/// # Errors
/// The text is no duration.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    let invalid = || InvalidDuration(format!("time: invalid duration {}", quote(text)));
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Ok(Duration::ZERO);
    }
    if unsigned.is_empty() {
        return Err(invalid());
    }
    let mut nanoseconds = 0.0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let digits = rest
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let letters =
            rest.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(rest.len());
        let unit = &rest[..letters];
        rest = &rest[letters..];
        nanoseconds += number * size_of_unit(unit, text)?;
    }
    if nanoseconds > MAX_NANOSECONDS {
        return Err(invalid());
    }
    if text.starts_with('-') {
        return Ok(Duration::ZERO);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    Ok(Duration::from_nanos(nanoseconds.round() as u64))
}

fn size_of_unit(unit: &str, text: &str) -> Result<f64, InvalidDuration> {
    match unit {
        "ns" => Ok(1.0),
        "us" | "µs" | "μs" => Ok(1e3),
        "ms" => Ok(1e6),
        "s" => Ok(1e9),
        "m" => Ok(60e9),
        "h" => Ok(3600e9),
        "" => Err(InvalidDuration(format!("time: missing unit in duration {}", quote(text)))),
        _ => Err(InvalidDuration(format!("time: unknown unit {} in duration {}", quote(unit), quote(text)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let cases = [
            ("1h", 3600.0),
            ("1h30m", 5400.0),
            ("1.5s", 1.5),
            (".5s", 0.5),
            ("100ms", 0.1),
            ("0", 0.0),
            ("-1s", 0.0),
            ("+2m", 120.0),
            ("5µs", 5e-6),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_duration(text).unwrap().as_secs_f64(), seconds, "{text}");
        }
    }

    #[test]
    fn bad_durations_are_refused_in_go_words() {
        let cases = [
            ("5", "time: missing unit in duration \"5\""),
            ("5x", "time: unknown unit \"x\" in duration \"5x\""),
            ("", "time: invalid duration \"\""),
            ("zzz", "time: invalid duration \"zzz\""),
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
            ("1 h", "time: unknown unit \" h\" in duration \"1 h\""),
            ("1.2.3s", "time: invalid duration \"1.2.3s\""),
            ("9999999999h", "time: invalid duration \"9999999999h\""),
        ];
        for (text, message) in cases {
            assert_eq!(parse_duration(text).unwrap_err().to_string(), message);
        }
    }
}
