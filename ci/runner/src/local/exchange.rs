//! What a resource's process is told on stdin, and what its answer on stdout means.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::outcome::Problem;
use crate::version::{Metadata, Version};

/// A payload for stdin. What is not there is left out; a source is always there.
pub(super) fn payload(source: &Json, params: Option<&Json>, version: Option<&Version>) -> Vec<u8> {
    let mut payload = Map::new();
    payload.insert("source".into(), source.clone());
    if let Some(params) = params.filter(|params| params.as_object().is_none_or(|map| !map.is_empty())) {
        payload.insert("params".into(), params.clone());
    }
    if let Some(version) = version {
        payload.insert("version".into(), serde_json::to_value(version).unwrap_or_default());
    }
    Json::Object(payload).to_string().into_bytes()
}

/// What `in` and `out` answer.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    version: Option<Version>,
    #[serde(default)]
    metadata: Option<Vec<Metadata>>,
}

impl Answer {
    /// Reads the first JSON value of an answer.
    pub(super) fn read(stdout: &[u8]) -> Result<(Version, Vec<Metadata>), Problem> {
        let null = || Problem::new("resource script output a null version");
        let first = serde_json::Deserializer::from_slice(stdout).into_iter::<Self>().next();
        let answer = first.ok_or_else(null)?.map_err(|error| not_understood(&error))?;
        Ok((answer.version.ok_or_else(null)?, answer.metadata.unwrap_or_default()))
    }
}

/// Reads the versions that a check answers. Nothing at all and null are none.
pub(super) fn versions(stdout: &[u8]) -> Result<Vec<Version>, Problem> {
    let first = serde_json::Deserializer::from_slice(stdout).into_iter::<Option<Vec<Version>>>().next();
    let Some(read) = first else { return Ok(Vec::new()) };
    let versions = read.map_err(|error| not_understood(&error))?.unwrap_or_default();
    if versions.iter().any(Version::is_empty) {
        return Err(Problem::new("resource script returned an empty version"));
    }
    Ok(versions)
}

fn not_understood(error: &serde_json::Error) -> Problem {
    Problem::new(format!("cannot understand the resource's answer: {error}"))
        .hint("a resource prints one JSON document on stdout and all else on stderr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_check_are_read_as_on_a_worker() {
        let cases = [
            ("", Ok(0)),
            ("null", Ok(0)),
            ("[]", Ok(0)),
            (r#"[{"a":"1"},{"a":"2"}] and more"#, Ok(2)),
            ("[{}]", Err(())),
            (r#"log [{"a":"1"}]"#, Err(())),
            (r#"[{"a":1}]"#, Err(())),
        ];
        for (stdout, expected) in cases {
            let read = versions(stdout.as_bytes()).map(|versions| versions.len()).map_err(|_| ());
            assert_eq!(read, expected, "{stdout}");
        }
    }

    #[test]
    fn answers_of_in_and_out_need_a_version() {
        let cases = [
            (r#"{"version":{"a":"1"}}"#, true),
            (r#"{"version":{"a":"1"},"metadata":null,"x":1}"#, true),
            (r#"{"version":{"a":"1"},"metadata":[{"name":"n","value":"v"}]}"#, true),
            (r#"{"version":{"a":"1"},"metadata":[{"name":"n","value":1}]}"#, false),
            (r#"{"version":null}"#, false),
            ("", false),
        ];
        for (stdout, is_well) in cases {
            assert_eq!(Answer::read(stdout.as_bytes()).is_ok(), is_well, "{stdout}");
        }
    }

    #[test]
    fn payloads_leave_out_what_is_not_there() {
        let text = |payload: Vec<u8>| String::from_utf8(payload).unwrap();
        assert_eq!(text(payload(&Json::Null, Some(&serde_json::json!({})), None)), r#"{"source":null}"#);
        let version = Version::parse("a:1").unwrap();
        assert_eq!(
            text(payload(&Json::Null, None, Some(&version))),
            r#"{"source":null,"version":{"a":"1"}}"#
        );
    }
}
