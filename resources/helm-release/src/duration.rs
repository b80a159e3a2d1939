//! Durations as Go writes them, which Helm takes: `1h30m`, `5m0s`, `90s`.

use std::time::Duration;

use kit::{Error, Result};

/// Reads a duration. A bare number is seconds.
///
/// # Errors
/// When it is none; `key` names where it stands.
pub fn parse(key: &str, text: &str) -> Result<Duration> {
    let wrong = || {
        Error::new(format!("`{key}` is `{text}`, which is no duration"))
            .hint("write it like `90s`, `5m0s` or `1h30m`")
    };
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let mut total = 0.0_f64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let amount: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit_end =
            rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let seconds = match &rest[digits..unit_end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(wrong()),
        };
        total += amount * seconds;
        rest = &rest[unit_end..];
    }
    if text.is_empty() { Err(wrong()) } else { Duration::try_from_secs_f64(total).map_err(|_| wrong()) }
}

/// Writes a duration so that Go reads it.
pub fn to_go(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, seconds) in [("5m0s", 300), ("1h30m", 5400), ("90", 90), ("1.5m", 90), ("2000ms", 2)] {
            assert_eq!(parse("timeout", text).unwrap().as_secs(), seconds, "{text}");
        }
        for text in ["", "5", "x", "5x", "m5"].into_iter().filter(|text| *text != "5") {
            assert!(parse("timeout", text).is_err(), "{text}");
        }
    }
}
