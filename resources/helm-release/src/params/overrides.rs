//! `override_values` and lists of paths, as the resource that pipelines come from writes them.

use kit::Flag;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// One path or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Paths {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Default for Paths {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Paths {
    /// Returns them all.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(path) => std::slice::from_ref(path).iter(),
            Self::Several(paths) => paths.iter(),
        }
        .map(String::as_str)
        .filter(|path| !path.is_empty())
    }
}

/// One value that is set in the end, over all files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Where, in Helm's `--set` syntax: `image.tag`, `hosts[0].name`.
    pub key: String,
    /// What. Texts follow Helm's `--set` syntax unless `type` says otherwise; null takes the chart's default away.
    #[serde(default)]
    #[schemars(extend("x-null" = true))]
    pub value: Option<Value>,
    /// A file of the inputs that holds the value, instead of `value`.
    #[serde(default)]
    pub path: Option<String>,
    /// How a text is understood.
    #[serde(default, rename = "type")]
    pub kind: OverrideKind,
    /// Keep the value out of the log.
    #[serde(default)]
    pub hide: Flag,
    /// Take backslashes as they are.
    #[serde(default)]
    pub verbatim: Flag,
}

/// How a text is understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OverrideKind {
    /// Like Helm's `--set`: commas, braces and brackets have a meaning, `true` and `7` are no texts.
    #[default]
    Set,
    /// Like Helm's `--set-string`: the same, but all values are texts.
    String,
    /// Like Helm's `--set-file`: the content of `path`, as a text.
    File,
    /// JSON.
    Json,
    /// A text, character by character.
    Literal,
}
