//! Merging of values, by Helm's rules.

use kit::{Error, Result};
use serde_json::{Map, Value};

/// Merges `over` into `base`: maps key by key, everything else replaced. A null stays, since only the merge with a
/// chart's own values gives it its meaning.
pub fn merge(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (name, value) in over {
        match (base.get_mut(&name), value) {
            (Some(Value::Object(below)), Value::Object(above)) => merge(below, above),
            (_, value) => {
                base.insert(name, value);
            }
        }
    }
}

/// Returns what the templates of a chart see: its own values under the user's, where a null takes a default away.
pub fn coalesce(defaults: &Map<String, Value>, given: &Map<String, Value>) -> Value {
    let mut result = defaults.clone();
    for (name, value) in given {
        match (result.get(name), value) {
            (_, Value::Null) => {
                result.shift_remove(name);
            }
            (Some(Value::Object(below)), Value::Object(above)) => {
                let merged = coalesce(below, above);
                result.insert(name.clone(), merged);
            }
            (_, value) => {
                result.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(result)
}

/// Puts `value` at a dotted path, as in `database.auth`; maps are merged with what is there. The empty path is the root.
///
/// # Errors
/// When something on the way is no map, or the value for the root is none.
pub fn set_at(values: &mut Map<String, Value>, path: &str, value: Value) -> Result<()> {
    let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
    let Some((last, parents)) = parts.split_last() else {
        let Value::Object(fields) = value else {
            return Err(Error::new("only a map can be merged at the root").hint("set `target_path`"));
        };
        merge(values, fields);
        return Ok(());
    };
    let mut place = values;
    for part in parents {
        let next = place.entry(*part).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(fields) = next else {
            return Err(Error::new(format!("`{path}` can't be set: `{part}` is no map")));
        };
        place = fields;
    }
    merge(place, Map::from_iter([((*last).to_owned(), value)]));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn maps_are_merged_and_the_rest_is_replaced() {
        let mut base = map(json!({"a": {"b": 1, "c": [1]}, "d": 1}));
        merge(&mut base, map(json!({"a": {"c": [2], "e": null}, "d": {"x": 1}})));
        assert_eq!(Value::Object(base), json!({"a": {"b": 1, "c": [2], "e": null}, "d": {"x": 1}}));
    }

    #[test]
    fn a_null_takes_a_default_away() {
        let defaults = map(json!({"a": {"b": 1, "c": 2}, "d": 3}));
        assert_eq!(coalesce(&defaults, &map(json!({"a": {"b": null}, "d": null}))), json!({"a": {"c": 2}}));
    }

    #[test]
    fn a_value_is_put_at_a_path() {
        let mut values = map(json!({"a": {"b": {"x": 1}}}));
        set_at(&mut values, "a.b", json!({"y": 2})).unwrap();
        set_at(&mut values, "", json!({"c": 3})).unwrap();
        assert_eq!(Value::Object(values.clone()), json!({"a": {"b": {"x": 1, "y": 2}}, "c": 3}));
        assert!(set_at(&mut values, "c.d", json!(1)).is_err());
        assert!(set_at(&mut values, "", json!(1)).is_err());
    }
}
