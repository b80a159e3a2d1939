//! All values of a put, in the order in which later ones win.

use std::path::PathBuf;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kit::build::BuildMetadata;
use kit::{Context, Error, Inputs, Result, redact, report};
use kube::{Api, Client};
use serde_json::{Map, Value};

use super::merge::{merge, set_at};
use super::set::{self, Typing};
use super::vault::register;
use super::{image, template, vault};
use crate::params::{Override, OverrideKind, PutParams, ValuesFrom};
use crate::release::retrying;
use crate::yaml;

/// Values files are written by people; the largest known have some hundred kilobytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The values of a put: files that Helm reads itself, and what is merged over them.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Files of the inputs, in order.
    pub files: Vec<PathBuf>,
    /// What wins over the files.
    pub over: Map<String, Value>,
}

/// What values are gathered from.
pub(crate) struct Sources<'a> {
    /// The put's inputs.
    pub(crate) inputs: &'a Inputs,
    /// The cluster.
    pub(crate) client: &'a Client,
    /// The release's namespace.
    pub(crate) namespace: &'a str,
    /// The build.
    pub(crate) build: &'a BuildMetadata,
}

/// Gathers all values.
///
/// # Errors
/// When a file, a key or an override can't be read.
pub(crate) async fn gather(params: &PutParams, sources: &Sources<'_>) -> Result<Gathered> {
    let files = files(params, sources.inputs)?;
    let mut over = params.values_inline.clone();
    for from in &params.values_from {
        add_from(&mut over, from, sources).await?;
    }
    // Whoever changes an entry of a list must know the list.
    if params.override_values.iter().any(|each| set::has_index(&each.key)) {
        let mut base = Map::new();
        for file in &files {
            merge(&mut base, read_file(file)?);
        }
        merge(&mut base, over);
        over = base;
    }
    for (position, each) in params.override_values.iter().enumerate() {
        apply(&mut over, each, sources.inputs)
            .context(|| format!("`params.override_values[{position}]` (`{}`) can't be used", each.key))?;
    }
    Ok(Gathered { files, over })
}

fn files(params: &PutParams, inputs: &Inputs) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for pattern in params.values.iter() {
        let found = inputs.glob(pattern)?;
        if found.is_empty() && params.skip_missing_values.get() {
            report::info(format!("values `{pattern}` is not there and is skipped"));
            continue;
        }
        if found.is_empty() {
            // For the message: it names the inputs that are there.
            inputs.resolve(pattern).hint(|| "`skip_missing_values: true` leaves it out".into())?;
        }
        files.extend(found);
    }
    Ok(files)
}

fn read_file(path: &std::path::Path) -> Result<Map<String, Value>> {
    let text = std::fs::read_to_string(path).context(|| format!("cannot read `{}`", path.display()))?;
    as_map(yaml::parse(&text).context(|| format!("`{}` can't be used", path.display()))?)
}

fn as_map(value: Value) -> Result<Map<String, Value>> {
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(Map::new()),
        _ => Err(Error::new("values must be a map at the top")),
    }
}

async fn add_from(over: &mut Map<String, Value>, from: &ValuesFrom, sources: &Sources<'_>) -> Result<()> {
    let inputs = sources.inputs;
    match from {
        ValuesFrom::File { path, optional, .. } if optional.get() && inputs.resolve(path).is_err() => Ok(()),
        ValuesFrom::File { path, target_path, secret, .. } => {
            let text = inputs.read_text(path, LARGEST)?;
            add_text(over, text, target_path.as_deref(), secret.get())
                .context(|| format!("`{path}` can't be used"))
        }
        ValuesFrom::Template { path, vars } => {
            let text = template::render(inputs, path, vars, sources.build)?;
            add_text(over, text, None, false)
                .context(|| format!("what the template `{path}` made can't be used"))
        }
        ValuesFrom::Vault { artifact, secret_path, key, target_path } => {
            let value = vault::secret(inputs, artifact, secret_path.as_deref(), key.as_deref())?;
            set_at(over, target_path.as_deref().unwrap_or_default(), value)
        }
        ValuesFrom::Image { artifact, target_path } => {
            set_at(over, target_path, image::image(inputs, artifact)?)
        }
        ValuesFrom::Secret { name, key, target_path, optional } => {
            let api: Api<Secret> = Api::namespaced(sources.client.clone(), sources.namespace);
            let found = retrying("reading a Secret", || api.get_opt(name)).await;
            let found = found.context(|| format!("cannot read the Secret `{name}`"))?;
            let bytes = found.and_then(|object| object.data?.remove(key)).map(|bytes| bytes.0);
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            add_found(
                over,
                text,
                &format!("Secret `{name}`"),
                key,
                target_path.as_deref(),
                optional.get(),
                true,
            )
        }
        ValuesFrom::ConfigMap { name, key, target_path, optional } => {
            let api: Api<ConfigMap> = Api::namespaced(sources.client.clone(), sources.namespace);
            let found = retrying("reading a ConfigMap", || api.get_opt(name)).await;
            let found = found.context(|| format!("cannot read the ConfigMap `{name}`"))?;
            let text = found.and_then(|object| object.data?.remove(key));
            add_found(
                over,
                text,
                &format!("ConfigMap `{name}`"),
                key,
                target_path.as_deref(),
                optional.get(),
                false,
            )
        }
    }
}

fn add_found(
    over: &mut Map<String, Value>,
    text: Option<String>,
    what: &str,
    key: &str,
    target_path: Option<&str>,
    optional: bool,
    secret: bool,
) -> Result<()> {
    match text {
        Some(text) => add_text(over, text, target_path, secret)
            .context(|| format!("{what}, key `{key}`, can't be used")),
        None if optional => Ok(()),
        None => Err(Error::new(format!("{what} with the key `{key}` is not in the release's namespace"))
            .hint("`optional: true` goes on without it")),
    }
}

/// A text goes to its place as it is; without a place it is YAML.
fn add_text(
    over: &mut Map<String, Value>,
    text: String,
    target_path: Option<&str>,
    secret: bool,
) -> Result<()> {
    if secret {
        redact::register(&text);
    }
    let value = match target_path {
        Some(_) => Value::from(text.trim_end_matches('\n')),
        None => Value::Object(as_map(yaml::parse(&text)?)?),
    };
    if secret {
        register(&value);
    }
    set_at(over, target_path.unwrap_or_default(), value)
}

fn apply(over: &mut Map<String, Value>, each: &Override, inputs: &Inputs) -> Result<()> {
    let value = match (&each.value, &each.path) {
        (Some(_), Some(_)) => return Err(Error::new("it has both `value` and `path`")),
        (Some(value), None) => value.clone(),
        // `value: null` and no value at all look the same here, and both take the default away.
        (None, None) => Value::Null,
        (None, Some(path)) => inputs.read_text(path, LARGEST)?.trim_end_matches('\n').into(),
    };
    if each.hide.get() {
        register(&value);
    }
    let text = match (&value, each.kind) {
        (Value::String(text), kind) => (text.clone(), kind),
        // `--set` would guess the type from a text; here it is known.
        (other, OverrideKind::String) if !other.is_object() && !other.is_array() => {
            (other.to_string(), OverrideKind::Literal)
        }
        (other, _) => return set::set_one(over, &each.key, other.clone()),
    };
    match text {
        (text, OverrideKind::Set) => set::set(over, &pair(each, &text), Typing::Guessed),
        (text, OverrideKind::String) => set::set(over, &pair(each, &text), Typing::Text),
        (text, OverrideKind::File | OverrideKind::Literal) => set::set_one(over, &each.key, text.into()),
        (text, OverrideKind::Json) => {
            let parsed = serde_json::from_str(&text).map_err(|problem| {
                Error::new(format!(
                    "its value is not JSON (line {}, column {})",
                    problem.line(),
                    problem.column()
                ))
            })?;
            set::set_one(over, &each.key, parsed)
        }
    }
}

fn pair(each: &Override, text: &str) -> String {
    let text = if each.verbatim.get() { text.replace('\\', "\\\\") } else { text.to_owned() };
    format!("{}={text}", each.key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(overrides: Value) -> Result<Value> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("f"), "from file\n").unwrap();
        let inputs = Inputs::open(folder.path()).unwrap();
        let overrides: Vec<Override> = serde_json::from_value(overrides).unwrap();
        let mut over = Map::new();
        for each in &overrides {
            apply(&mut over, each, &inputs)?;
        }
        Ok(Value::Object(over))
    }

    #[test]
    fn overrides_mean_what_they_say() {
        let cases = [
            (
                json!([{"key": "a", "value": false}, {"key": "b", "value": null}]),
                json!({"a": false, "b": null}),
            ),
            (
                json!([{"key": "a", "value": {"x": 1}}, {"key": "b.c", "value": [1]}]),
                json!({"a": {"x": 1}, "b": {"c": [1]}}),
            ),
            (json!([{"key": "a", "value": "b,c=d"}]), json!({"a": "b", "c": "d"})),
            (
                json!([{"key": "a", "value": "7"}, {"key": "b", "value": "7", "type": "string"}]),
                json!({"a": 7, "b": "7"}),
            ),
            (json!([{"key": "a", "value": 7, "type": "string"}]), json!({"a": "7"})),
            (
                json!([{"key": "a", "path": "f"}, {"key": "b", "path": "f", "type": "file"}]),
                json!({"a": "from file", "b": "from file"}),
            ),
            (json!([{"key": "a", "value": r"C:\x\y", "verbatim": true}]), json!({"a": r"C:\x\y"})),
            (json!([{"key": "a", "value": "x,y={", "type": "literal"}]), json!({"a": "x,y={"})),
            (json!([{"key": "a", "value": "[1]", "type": "json"}]), json!({"a": [1]})),
        ];
        for (overrides, expected) in cases {
            assert_eq!(applied(overrides.clone()).unwrap(), expected, "{overrides}");
        }
        assert!(applied(json!([{"key": "a", "value": "x", "path": "f"}])).is_err());
    }
}
