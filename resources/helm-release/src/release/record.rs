//! A revision's record: what Helm stores of it.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Status;

/// A revision's record, as both Helm 3 and Helm 4 write it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The release's name.
    pub name: String,
    /// The release's namespace.
    pub namespace: String,
    /// The revision, from 1.
    #[serde(rename = "version")]
    pub revision: u64,
    /// State, times and notes.
    pub info: Info,
    /// The chart, without its subcharts.
    pub chart: Chart,
    /// The values that the user gave.
    #[serde(deserialize_with = "null_is_default")]
    pub config: Map<String, Value>,
    /// The rendered objects, without hooks.
    pub manifest: String,
    /// The hooks, tests among them.
    #[serde(deserialize_with = "null_is_default")]
    pub hooks: Vec<Hook>,
    /// The body as it was stored.
    #[serde(skip)]
    pub body: Value,
}

/// State, times and notes of a revision. Times are RFC 3339, or empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Info {
    /// When the release was first installed.
    #[serde(deserialize_with = "null_is_default")]
    pub first_deployed: String,
    /// When this revision was made.
    #[serde(deserialize_with = "null_is_default")]
    pub last_deployed: String,
    /// What Helm says of it, as in "Upgrade complete".
    #[serde(deserialize_with = "null_is_default")]
    pub description: String,
    /// The state, in Helm's word.
    #[serde(deserialize_with = "null_is_default")]
    pub status: String,
    /// The chart's rendered NOTES.txt.
    #[serde(deserialize_with = "null_is_default")]
    pub notes: String,
}

impl Info {
    /// Returns the state; `Unknown` for a word that Helm does not have today.
    pub fn status(&self) -> Status {
        self.status.parse().unwrap_or_default()
    }
}

/// A chart as it is stored with a release.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chart {
    /// The content of Chart.yaml.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: ChartMetadata,
    /// The same as it was stored, with every field.
    #[serde(skip)]
    pub raw_metadata: Value,
    /// The content of Chart.lock, or null.
    pub lock: Value,
    /// The templates.
    #[serde(deserialize_with = "null_is_default")]
    pub templates: Vec<Template>,
    /// The chart's own default values.
    #[serde(deserialize_with = "null_is_default")]
    pub values: Map<String, Value>,
    /// values.schema.json in base64, or null.
    pub schema: Option<String>,
    /// All other files.
    #[serde(deserialize_with = "null_is_default")]
    pub files: Vec<Template>,
}

/// The part of Chart.yaml that we speak of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChartMetadata {
    /// The chart's name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// The chart's version.
    #[serde(deserialize_with = "null_is_default")]
    pub version: String,
    /// The version of what the chart installs.
    #[serde(rename = "appVersion", deserialize_with = "null_is_default")]
    pub app_version: String,
}

/// A file of a chart.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Template {
    /// Its path within the chart.
    pub name: String,
    /// Its content in base64.
    #[serde(deserialize_with = "null_is_default")]
    pub data: String,
}

/// A hook: an object that Helm makes at an event, and what became of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// The object's name.
    pub name: String,
    /// The object's kind.
    pub kind: String,
    /// The template that it comes from.
    pub path: String,
    /// The object.
    pub manifest: String,
    /// When it runs: `pre-install`, `test` and so on.
    #[serde(deserialize_with = "null_is_default")]
    pub events: Vec<String>,
    /// How it last ran.
    #[serde(deserialize_with = "null_is_default")]
    pub last_run: HookRun,
}

impl Hook {
    /// Tells whether the hook is a test.
    pub fn is_test(&self) -> bool {
        self.events.iter().any(|event| event.starts_with("test"))
    }
}

/// How a hook last ran. Texts are empty where it never did.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HookRun {
    /// RFC 3339.
    #[serde(deserialize_with = "null_is_default")]
    pub started_at: String,
    /// RFC 3339.
    #[serde(deserialize_with = "null_is_default")]
    pub completed_at: String,
    /// `Unknown`, `Running`, `Succeeded` or `Failed`.
    #[serde(deserialize_with = "null_is_default")]
    pub phase: String,
}

/// Go writes null for what is empty.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
