//! Params that are a map from mounts to what is wanted there, beside options of our own.
//!
//! The resources that came before take the mounts themselves as keys. Any mount may be there, also one that is called
//! like an option: an object that has `engine` is always a mount's.

use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::vault::ApiPath;

/// Splits params into those of mounts and our own options.
pub(super) fn split<M: DeserializeOwned, O: DeserializeOwned>(
    fields: Map<String, Value>,
) -> Result<(Vec<(ApiPath, M)>, O), String> {
    let mut mounts = Vec::new();
    let mut options = Map::new();
    for (key, value) in fields {
        if value.get("engine").is_some() {
            let named = |problem: String| format!("`{key}`: {problem}");
            let mount = key.parse::<ApiPath>().map_err(|problem| named(problem.to_string()))?;
            let wanted = serde_json::from_value(value).map_err(|problem| named(problem.to_string()))?;
            mounts.push((mount, wanted));
        } else {
            options.insert(key, value);
        }
    }
    let options = serde_json::from_value(Value::Object(options)).map_err(|problem| problem.to_string())?;
    Ok((mounts, options))
}

/// Returns the schema of such params: the options, each of which may be a mount as well, and any other name.
pub(super) fn schema<M: JsonSchema, O: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let mount = generator.subschema_for::<M>().to_value();
    let mut schema = O::json_schema(generator);
    if let Some(Value::Object(options)) = schema.get_mut("properties") {
        for option in options.values_mut() {
            *option = or_mount(std::mem::take(option), mount.clone());
        }
    }
    schema.insert("additionalProperties".into(), mount);
    schema
}

/// What describes the option stays outside, where validation and documentation look for it.
fn or_mount(mut option: Value, mount: Value) -> Value {
    let mut outer = Map::new();
    if let Value::Object(fields) = &mut option {
        for name in ["description", "default", "x-aliases"] {
            if let Some(value) = fields.shift_remove(name) {
                outer.insert(name.into(), value);
            }
        }
    }
    outer.insert("anyOf".into(), Value::Array(vec![option, mount]));
    Value::Object(outer)
}
