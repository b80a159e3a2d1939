//! JSON Schemas of payloads: the one truth for validation, `--schema`, documentation and lint.

mod reference;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::Resource;

pub use reference::{reference, replace_section};

/// Returns the JSON Schema (draft 2020-12) of a type, as it reads its values.
pub fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>().to_value()
}

/// Returns what `--schema` prints: the schemas of a resource's source, version and params.
pub fn of_resource<R: Resource>() -> Value {
    json!({
        "name": R::NAME,
        "source": with_kit_keys(of::<R::Source>()),
        "version": of::<R::Version>(),
        "get_params": of::<R::GetParams>(),
        "put_params": of::<R::PutParams>(),
    })
}

/// Adds the two keys that the kit reads from every source.
fn with_kit_keys(mut schema: Value) -> Value {
    let keys = json!({
        "debug": {
            "description": "More lines in the log.",
            "enum": [true, false, "true", "false", ""], "x-flag": true, "default": false
        },
        "allow_unknown_keys": {
            "description": "Turns unknown fields into warnings, for a pipeline that is being moved here.",
            "enum": [true, false, "true", "false", ""], "x-flag": true, "default": false
        },
    });
    let Some(fields) = schema.as_object_mut() else { return schema };
    let properties = fields.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    if let (Value::Object(properties), Value::Object(keys)) = (properties, keys) {
        for (name, key) in keys {
            properties.entry(name).or_insert(key);
        }
    }
    schema
}
