//! The keys of several secrets side by side.

use kit::{Error, Result};
use serde_json::{Map, Value};

use crate::params::OutputFile;
use crate::secret::{Content, FetchedSecret};

/// Returns all keys with their values, named as the file asks.
///
/// # Errors
/// When two would have one name.
pub(super) fn pairs<'s>(
    file: &OutputFile,
    secrets: &[&'s FetchedSecret],
) -> Result<Vec<(String, &'s Content)>> {
    let mut pairs: Vec<(String, &Content)> = Vec::new();
    let mut owners: Vec<&str> = Vec::new();
    for secret in secrets {
        for (key, value) in &secret.values {
            let name = named(file, &format!("{}{}{key}", file.prefix, secret.prefix));
            if let Some(position) = pairs.iter().position(|(other, _)| *other == name) {
                return Err(Error::new(format!(
                    "`{}` and `{}` both bring a key `{name}`",
                    owners[position], secret.name
                ))
                .hint("give one of the secrets a `prefix`, pick or rename `keys`, or use a file for each"));
            }
            pairs.push((name, value));
            owners.push(&secret.name);
        }
    }
    Ok(pairs)
}

/// Returns the same as an object; with `nested`, each secret's keys below its name.
///
/// # Errors
/// When two keys would have one name.
pub(super) fn structure(file: &OutputFile, secrets: &[&FetchedSecret]) -> Result<Map<String, Value>> {
    if !file.nested.get() {
        return Ok(pairs(file, secrets)?.into_iter().map(|(key, value)| (key, value.json())).collect());
    }
    let mut structure = Map::new();
    for secret in secrets {
        let inner = pairs(file, &[secret])?.into_iter().map(|(key, value)| (key, value.json())).collect();
        structure.insert(secret.name.clone(), Value::Object(inner));
    }
    Ok(structure)
}

fn named(file: &OutputFile, key: &str) -> String {
    let key = if file.sanitize.get() { sanitized(key) } else { key.to_owned() };
    if file.upcase.get() { key.to_uppercase() } else { key }
}

/// Makes a key fit for a variable.
pub(super) fn sanitized(key: &str) -> String {
    key.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use kit::Flag;
    use serde_json::json;

    use super::*;
    use crate::selection::Said;

    /// A secret as other modules' tests need it.
    pub(in crate::output) fn secret(name: &str, data: Value) -> FetchedSecret {
        let Value::Object(data) = data else { panic!("data is an object") };
        FetchedSecret {
            name: name.into(),
            said: Said::Listed,
            path: format!("kv/{name}"),
            prefix: String::new(),
            values: data.into_iter().map(|(key, value)| (key, Content::Json(value))).collect(),
            version: None,
            created_time: None,
            custom_metadata: Vec::new(),
            lease: None,
            expires: None,
        }
    }

    #[test]
    fn keys_are_prefixed_and_clashes_are_refused() {
        let (a, mut b) = (secret("a", json!({"user-name": "x"})), secret("b", json!({"user-name": "y"})));
        let file = OutputFile {
            prefix: "app.".into(),
            sanitize: Flag(true),
            upcase: Flag(true),
            ..OutputFile::default()
        };
        let clash = pairs(&file, &[&a, &b]).unwrap_err();
        assert_eq!(clash.message(), "`a` and `b` both bring a key `APP_USER_NAME`");
        b.prefix = "db_".into();
        let names: Vec<String> = pairs(&file, &[&a, &b]).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["APP_USER_NAME", "APP_DB_USER_NAME"]);
    }
}
