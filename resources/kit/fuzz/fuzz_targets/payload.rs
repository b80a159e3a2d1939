//! Any bytes as a payload: nothing panics, what is refused is refused with a mistake that has a place, what is unknown is
//! told, and no secret is repeated.

#![no_main]

use std::collections::BTreeMap;

use kit::input::{Path, Reading, decode};
use kit::{Flag, Secret, Text, redact};
use libfuzzer_sys::fuzz_target;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// One field of each type that resources have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Source {
    #[schemars(length(min = 1))]
    repository: String,
    password: Option<Secret>,
    #[serde(default)]
    insecure: Flag,
    tag: Option<Text>,
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, Text>,
    mirror: Option<Mirror>,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    files: Vec<TextOrFile>,
    max_size: Option<u64>,
    ratio: Option<f32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mirror {
    host: Text,
    token: Secret,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Format {
    #[default]
    Rootfs,
    OciLayout,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum TextOrFile {
    Text(Text),
    File(File),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    file: String,
}

/// What stands for every secret, since each new one is remembered for the process's life.
const SECRET: &str = "hidden canary";

fuzz_target!(|bytes: &[u8]| {
    // As the kit reads stdin: the first value counts.
    let Some(Ok(mut value)) = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>().next() else { return };
    put_secret(value.pointer_mut("/password"));
    put_secret(value.pointer_mut("/mirror/token"));
    for allow_unknown_keys in [false, true] {
        let mut reading = Reading { allow_unknown_keys, ..Reading::default() };
        let source = decode::<Source>(&Path::root("source"), value.clone(), &mut reading);
        assert_eq!(source.is_some(), reading.mistakes.is_empty(), "refused without a mistake, or the reverse");
        for mistake in reading.mistakes.iter().chain(&reading.warnings) {
            let shown = mistake.to_string();
            assert!(shown.starts_with("`source"), "a mistake without its place: {shown}");
            assert!(!redact::scrub(&shown).contains(SECRET), "a secret is shown");
        }
        if let Some(source) = source {
            use_all(&source);
        }
    }
});

/// Puts the one secret where a text or a number is.
fn put_secret(place: Option<&mut Value>) {
    if let Some(value) = place.filter(|value| value.is_string() || value.is_number()) {
        *value = SECRET.into();
    }
}

/// Looks at every field.
fn use_all(source: &Source) {
    let Source { repository, password, insecure, tag, prefixes, labels, mirror, format, files, max_size, ratio } =
        source;
    assert!(!repository.is_empty(), "the schema says that it has a character");
    let secrets = password.iter().chain(mirror.iter().map(|mirror| &mirror.token));
    assert!(secrets.map(Secret::expose).all(|secret| secret == SECRET), "a secret was changed");
    let file = |text_or_file: &TextOrFile| match text_or_file {
        TextOrFile::Text(text) => text.as_str().len(),
        TextOrFile::File(file) => file.file.len(),
    };
    let files: usize = files.iter().map(file).sum();
    let texts = (tag.as_ref().map(Text::as_str), mirror.as_ref().map(|mirror| mirror.host.as_str()));
    std::hint::black_box((insecure.get(), prefixes, labels, matches!(format, Format::Rootfs), files, texts, max_size, ratio));
}
