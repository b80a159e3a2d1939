//! What a put does with the difference that it would make.

use kit::Text;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a put does with the difference that it would make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "Text")]
#[schemars(with = "DiffModeText")]
pub enum DiffMode {
    /// Nothing.
    #[default]
    Off,
    /// Shows it, then goes on.
    Show,
    /// Shows it, then ends.
    Only,
}

/// How the mode is written. YAML 1.1 reads a bare `off` as false.
#[derive(JsonSchema)]
#[schemars(extend("enum" = ["off", "show", "only", false, true]), inline)]
#[expect(dead_code, reason = "it only names the schema")]
struct DiffModeText(Text);

impl From<Text> for DiffMode {
    fn from(text: Text) -> Self {
        match text.as_str() {
            "show" | "true" => Self::Show,
            "only" => Self::Only,
            // The schema lets nothing else through.
            _ => Self::Off,
        }
    }
}

/// A kind of change that a put is not to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// Any change at all.
    Any,
    /// An object is deleted.
    Delete,
    /// A CustomResourceDefinition is changed or deleted.
    Crd,
    /// A field changes that Kubernetes lets nobody change, so that the put would fail half-way.
    Immutable,
}
