//! The payload on stdin.

use serde_json::{Map, Value};

use super::Verb;
use super::stdin::read_object;
use crate::build::BuildMetadata;
use crate::input::{Mistake, Path, Reading, decode};
use crate::{Error, Flag, Resource, Result, Step, redact, report};

/// What a step is asked to do.
pub(super) enum Asked<R: Resource> {
    Check(Option<R::Version>),
    Get(R::Version, R::GetParams),
    Put(R::PutParams),
}

/// Reads the payload whole, so that all its mistakes are told at once.
pub(super) fn read<R: Resource>(verb: Verb, build: BuildMetadata) -> Result<(Step<R::Source>, Asked<R>)> {
    understand::<R>(read_object(std::io::stdin().lock())?, verb, build)
}

fn understand<R: Resource>(
    mut fields: Map<String, Value>,
    verb: Verb,
    build: BuildMetadata,
) -> Result<(Step<R::Source>, Asked<R>)> {
    let mut take = |name: &str| fields.shift_remove(name).filter(|value| !value.is_null());
    let mut source = take("source").unwrap_or_else(empty);
    let (version, params) = (take("version"), take("params").unwrap_or_else(empty));
    let mut reading = Reading::default();
    report::set_debug(take_flag(&mut source, "debug", &mut reading));
    reading.allow_unknown_keys = take_flag(&mut source, "allow_unknown_keys", &mut reading);
    let source = decode::<R::Source>(&Path::root("source"), source, &mut reading);
    let asked = match verb {
        Verb::Check => Some(Asked::Check(version.and_then(since::<R>))),
        Verb::Get => {
            let version = required_version::<R>(version, &mut reading);
            version
                .zip(decode(&Path::root("params"), params, &mut reading))
                .map(|(version, params)| Asked::Get(version, params))
        }
        Verb::Put => decode(&Path::root("params"), params, &mut reading).map(Asked::Put),
    };
    for warning in &reading.warnings {
        report::warn(warning);
    }
    match source.zip(asked) {
        Some((source, asked)) if reading.mistakes.is_empty() => Ok((Step::new(source, build), asked)),
        _ => Err(refusal::<R>(&reading)),
    }
}

/// The version that a check starts from. One that can't be read starts over, as Concourse asks.
fn since<R: Resource>(version: Value) -> Option<R::Version> {
    let mut reading = Reading { allow_unknown_keys: true, ..Reading::default() };
    let since = decode(&Path::root("version"), version, &mut reading);
    if since.is_none() {
        report::warn("the given version is not one of this resource's: starting over");
    }
    since
}

fn required_version<R: Resource>(version: Option<Value>, reading: &mut Reading) -> Option<R::Version> {
    match version {
        Some(version) => decode(&Path::root("version"), version, reading),
        None => {
            let message = "is missing".to_owned();
            let hint = Some("a get is asked for exactly one version".to_owned());
            reading.mistakes.push(Mistake { path: Path::root("version"), message, hint });
            None
        }
    }
}

fn empty() -> Value {
    Value::Object(Map::new())
}

fn take_flag(source: &mut Value, name: &str, reading: &mut Reading) -> bool {
    let Some(value) = source.as_object_mut().and_then(|fields| fields.shift_remove(name)) else {
        return false;
    };
    if value.is_null() {
        return false;
    }
    decode::<Flag>(&Path::root("source").key(name), value, reading).is_some_and(Flag::get)
}

fn refusal<R: Resource>(reading: &Reading) -> Error {
    let lines: Vec<String> =
        reading.mistakes.iter().map(|mistake| redact::scrub(&mistake.to_string()).into_owned()).collect();
    let error = match lines.as_slice() {
        [only] => Error::new(format!("the payload can't be used: {only}")),
        _ => Error::new(format!("the payload has {} mistakes:\n  {}", lines.len(), lines.join("\n  "))),
    };
    if reading.unknown.is_empty() {
        return error;
    }
    let unknown: Vec<String> = reading.unknown.iter().map(|path| format!("`{path}`")).collect();
    error.hint(format!(
        "{} {} has no {}: another version may; `allow_unknown_keys: true` in source makes a warning of it",
        R::NAME,
        env!("CARGO_PKG_VERSION"),
        unknown.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{Destination, Fetched, Inputs, Pushed, Secret};

    struct Sample;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Source {
        repository: String,
        password: Option<Secret>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Version {
        digest: String,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Params {
        format: Option<String>,
    }

    impl Resource for Sample {
        const NAME: &'static str = "sample";
        const SUMMARY: &'static str = "A sample.";
        type Source = Source;
        type Version = Version;
        type GetParams = Params;
        type PutParams = Params;

        async fn check(&self, _: &Step<Source>, _: Option<Version>) -> Result<Vec<Version>> {
            Ok(vec![])
        }

        async fn get(
            &self,
            _: &Step<Source>,
            version: Version,
            _: Params,
            _: &Destination,
        ) -> Result<Fetched<Version>> {
            Ok(Fetched { version, metadata: crate::Metadata::new() })
        }

        async fn put(&self, _: &Step<Source>, _: Params, _: &Inputs) -> Result<Pushed<Version>> {
            Err(Error::new("not here"))
        }
    }

    fn parse(text: &str, verb: Verb) -> Result<(Step<Source>, Asked<Sample>)> {
        understand(read_object(text.as_bytes())?, verb, BuildMetadata::default())
    }

    fn refused(text: &str, verb: Verb) -> Option<String> {
        parse(text, verb).err().map(|error| error.to_string())
    }

    #[test]
    fn a_payload_is_refused_with_all_its_mistakes() {
        let cases = [
            (r#"{"source": {"repository": "a"}}"#, Verb::Check, None),
            (r#"{"source": {"repository": "a"}, "version": {"other": "x"}, "new": 1}"#, Verb::Check, None),
            (
                r#"{"source": {"repository": "a"}, "params": null, "version": {"digest": "x"}}trailing"#,
                Verb::Get,
                None,
            ),
            (
                r#"{"source": null}"#,
                Verb::Check,
                Some("the payload can't be used: `source`: `repository` is missing"),
            ),
            (
                r#"{"source": {"repositry": "a"}, "params": {"format": 1}}"#,
                Verb::Get,
                Some(
                    "the payload has 4 mistakes:\n  `source`: `repository` is missing\n  \
                     `source.repositry`: unknown field; did you mean `repository`?\n  \
                     `version`: is missing; a get is asked for exactly one version\n  \
                     `params.format`: expected a text, found a number",
                ),
            ),
            (
                r#"{"source": {"repositry": "a", "repository": "b", "allow_unknown_keys": true}}"#,
                Verb::Check,
                None,
            ),
        ];
        for (text, verb, expected) in cases {
            assert_eq!(refused(text, verb).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn an_unknown_key_is_said_to_be_unknown_to_this_version() {
        let text = r#"{"source": {"repository": "a", "repositry": "b", "x": 1}}"#;
        let error = parse(text, Verb::Check).err().unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!("sample {version} has no `source.repositry`, `source.x`: another version may");
        assert!(error.advice().unwrap().starts_with(&expected), "{error:?}");
    }

    #[test]
    fn a_payload_that_is_refused_shows_no_secret() {
        let text =
            r#"{"source": {"password": "payload-canary", "repository": 7, "paswrod": "payload-canary"}}"#;
        let message = refused(text, Verb::Check).unwrap();
        assert!(!message.contains("canary"), "{message}");
    }
}
