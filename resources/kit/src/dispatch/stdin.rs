//! The one JSON object that a step reads, from an input that may stay open after it.

use std::io::{BufReader, Read};

use serde_json::{Map, Value};

use crate::{Error, Result};

/// Concourse's payloads are kilobytes; values files put inline can make them larger.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads the object that `input` begins with, and no further than to its end: on some workers the end of the input
/// never comes, though the object is there. What follows it is not looked at.
///
/// # Errors
/// When there is no object. Nothing of the text is repeated: it holds secrets.
pub(super) fn read_object(input: impl Read) -> Result<Map<String, Value>> {
    read_object_within(LARGEST, input)
}

fn read_object_within(limit: u64, input: impl Read) -> Result<Map<String, Value>> {
    // One byte more than allowed tells an input that is too large from one that ends there.
    let mut input = input.take(limit + 1);
    let mut values = serde_json::Deserializer::from_reader(BufReader::new(&mut input)).into_iter::<Value>();
    let value = values.next();
    drop(values);
    let ended_early = value.as_ref().is_none_or(|value| value.as_ref().is_err_and(serde_json::Error::is_eof));
    if ended_early && input.limit() == 0 {
        return Err(Error::new(format!("the payload is larger than {limit} bytes"))
            .hint("large values belong into a file of an input, not into the pipeline"));
    }
    match value {
        None => Err(Error::new("stdin is empty").hint("the payload is a JSON object: {\"source\": {…}}")),
        Some(Err(problem)) => Err(unreadable(&problem)),
        Some(Ok(Value::Object(fields))) => Ok(fields),
        Some(Ok(_)) => Err(Error::new("the payload on stdin is not a JSON object")
            .hint("it must look like {\"source\": {…}}")),
    }
}

fn unreadable(problem: &serde_json::Error) -> Error {
    let place = format!("line {}, column {}", problem.line(), problem.column());
    if let Some(kind) = problem.io_error_kind().filter(|_| problem.is_io()) {
        return Error::new(kind.to_string()).context("cannot read stdin");
    }
    if problem.is_eof() {
        return Error::new(format!("the payload on stdin ends in the middle of its JSON ({place})"))
            .hint("Concourse writes the payload itself; by hand, check that the whole of it arrives");
    }
    Error::new(format!("the payload on stdin is not JSON ({place})"))
        .hint("Concourse writes the payload itself; by hand, check quotes and commas there")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An input that must not be read beyond its text.
    struct StaysOpen<'a>(&'a [u8]);

    impl Read for StaysOpen<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            assert!(!self.0.is_empty(), "it waits for more than the value");
            self.0.read(into)
        }
    }

    #[test]
    fn an_input_is_read_no_further_than_its_value() {
        let texts = [r#"{"source": {"a": "}"}}"#, "{}\n", "  {\"x\": [1, {}]}\n{\"more\": ", "{}trailing"];
        for text in texts {
            assert!(read_object(StaysOpen(text.as_bytes())).is_ok(), "{text}");
        }
        for text in ["[]", "{\"a\": ]", "nonsense", "\"text\""] {
            assert!(read_object(StaysOpen(text.as_bytes())).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_by_kind() {
        let cases = [
            ("", "stdin is empty"),
            (" \n", "stdin is empty"),
            ("[]", "the payload on stdin is not a JSON object"),
            ("12", "the payload on stdin is not a JSON object"),
            (r#"{"source": "#, "the payload on stdin ends in the middle of its JSON (line 1, column 11)"),
            ("{\n\"canary\" 1}", "the payload on stdin is not JSON (line 2, column 10)"),
            (
                r#"{"source": {"password": "canary"}, }"#,
                "the payload on stdin is not JSON (line 1, column 36)",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read_object(text.as_bytes()).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn an_input_that_is_too_large_is_refused_before_it_is_read_whole() {
        for text in ["{\"source\": \"0123456789\"}", "                    {}"] {
            let error = read_object_within(16, StaysOpen(text.as_bytes())).unwrap_err();
            assert_eq!(error.to_string(), "the payload is larger than 16 bytes", "{text}");
        }
        assert!(read_object_within(16, StaysOpen(b"{\"a\": \"01234567\"}")).is_ok());
    }
}
