//! From a JSON value to a Rust type, by way of its schema.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::mistake::{Mistake, Path};
use super::normalize;
use super::validate::{Findings, validate};
use crate::schema;

/// How a payload is read, and what there is to say of it.
#[derive(Debug, Default)]
pub struct Reading {
    /// Whether unknown fields are warnings instead of mistakes.
    pub allow_unknown_keys: bool,
    /// What to warn of.
    pub warnings: Vec<Mistake>,
    /// Why the payload can't be used.
    pub mistakes: Vec<Mistake>,
    /// Those of the mistakes that are fields which nobody knows: another version might.
    pub unknown: Vec<Path>,
}

/// Reads `value`, which stands at `path` of the payload. `None` when there are mistakes, all of which are then in
/// `reading`, so that several parts of a payload can be read before it is refused.
pub fn decode<T: DeserializeOwned + JsonSchema>(
    path: &Path,
    value: Value,
    reading: &mut Reading,
) -> Option<T> {
    let schema = schema::of::<T>();
    let mut value = value;
    let before = reading.mistakes.len();
    normalize::normalize(&schema, &mut value, path, &mut reading.mistakes);
    let Findings { mistakes, unknown, ignored } = validate(&schema, &value, path);
    reading.mistakes.extend(mistakes);
    normalize::remove(&mut value, &ignored);
    reading.warnings.extend(ignored);
    if reading.allow_unknown_keys {
        normalize::remove(&mut value, &unknown);
        reading.warnings.extend(unknown);
    } else {
        reading.unknown.extend(unknown.iter().map(|mistake| mistake.path.clone()));
        reading.mistakes.extend(unknown);
    }
    if reading.mistakes.len() > before {
        return None;
    }
    match serde_path_to_error::deserialize(value) {
        Ok(read) => Some(read),
        Err(error) => {
            reading.mistakes.push(Mistake {
                path: place_of(path, error.path()),
                message: error.inner().to_string(),
                hint: None,
            });
            None
        }
    }
}

fn place_of(top: &Path, below: &serde_path_to_error::Path) -> Path {
    use serde_path_to_error::Segment;
    below.iter().fold(top.clone(), |path, segment| match segment {
        Segment::Seq { index } => path.index(*index),
        Segment::Map { key } | Segment::Enum { variant: key } => path.key(key),
        Segment::Unknown => path,
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, JsonSchema, Debug)]
    #[serde(deny_unknown_fields)]
    struct Source {
        #[schemars(extend("x-aliases" = ["url"]))]
        address: String,
        #[serde(default)]
        tag: Option<String>,
    }

    #[test]
    fn aliases_and_nulls_are_brought_into_shape() {
        let mut reading = Reading::default();
        let source: Source =
            decode(&Path::root("source"), json!({"url": "x", "tag": null}), &mut reading).unwrap();
        assert_eq!((source.address.as_str(), source.tag), ("x", None));
        for given in [json!({"url": null, "address": "x"}), json!({"url": "x", "address": null})] {
            let source: Source = decode(&Path::root("source"), given, &mut reading).unwrap();
            assert_eq!(source.address, "x", "null is not given");
        }
        assert!(
            decode::<Source>(&Path::root("source"), json!({"url": "x", "address": "y"}), &mut reading)
                .is_none()
        );
        assert_eq!(
            reading.mistakes[0].to_string(),
            "`source.url`: given twice: `url` is another name of `address`"
        );
    }

    #[test]
    fn unknown_keys_are_warnings_where_they_are_allowed() {
        let mut reading = Reading { allow_unknown_keys: true, ..Reading::default() };
        assert!(
            decode::<Source>(&Path::root("source"), json!({"address": "x", "tga": 1}), &mut reading)
                .is_some()
        );
        assert_eq!(reading.warnings[0].to_string(), "`source.tga`: unknown field; did you mean `tag`?");
    }
}
