//! Small choices of a put, each with the spellings that pipelines have.

use kit::{Flag, Text};
use schemars::JsonSchema;
use serde::Deserialize;

/// Whether to wait for readiness: a flag, or the seconds to wait at most, where 0 is no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Text")]
#[schemars(with = "Text")]
pub struct Ready {
    /// Whether to wait.
    pub wanted: bool,
    /// For how long, where that was said here and not by `timeout`.
    pub seconds: Option<u64>,
}

impl TryFrom<Text> for Ready {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, String> {
        match text.as_str() {
            "true" => Ok(Self { wanted: true, seconds: None }),
            "false" | "" => Ok(Self::default()),
            other => match other.parse::<u64>() {
                Ok(seconds) => Ok(Self { wanted: seconds > 0, seconds: Some(seconds).filter(|n| *n > 0) }),
                Err(_) => Err("expected true, false or a number of seconds".into()),
            },
        }
    }
}

/// Seconds to pause after success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Text")]
#[schemars(with = "Text")]
pub struct Pause(pub u64);

impl TryFrom<Text> for Pause {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, String> {
        match text.as_str() {
            "" | "false" => Ok(Self(0)),
            "true" => Err("`wait` is a number of seconds to pause after success; \
                           to wait until everything is ready use `check_is_ready: true`"
                .into()),
            other => other.parse().map(Self).map_err(|_| "expected a number of seconds".into()),
        }
    }
}

/// What becomes of a release that could not be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// It stays as it is, for a look at it.
    #[default]
    Keep,
    /// It goes back to the last deployed revision; without one it is uninstalled.
    Rollback,
    /// It is uninstalled.
    Uninstall,
}

/// How dependents go when a release is uninstalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cascade {
    /// After their owners, without waiting.
    Background,
    /// Before their owners.
    Foreground,
    /// Not at all.
    Orphan,
}

impl Cascade {
    /// Returns Helm's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Foreground => "foreground",
            Self::Orphan => "orphan",
        }
    }
}

/// Whether CRDs of a chart's `crds/` folder are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Crds {
    /// On a first install, as Helm does.
    #[default]
    Create,
    /// Never.
    Skip,
    /// On each put, in the place of what is there.
    Replace,
}

/// What to do where live objects differ from the last revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "Text")]
#[schemars(with = "DriftModeText")]
pub enum DriftMode {
    /// Nobody looks.
    #[default]
    Off,
    /// Say so, then go on.
    Warn,
    /// Say so and fail, before anything is changed.
    Fail,
    /// Say so and apply the last revision again, where the put changes nothing else.
    Correct,
}

/// How the mode is written. YAML 1.1 reads a bare `off` as false.
#[derive(JsonSchema)]
#[schemars(extend("enum" = ["off", "warn", "fail", "correct", false]), inline)]
#[expect(dead_code, reason = "it only names the schema")]
struct DriftModeText(Text);

impl From<Text> for DriftMode {
    fn from(text: Text) -> Self {
        match text.as_str() {
            "warn" => Self::Warn,
            "fail" => Self::Fail,
            "correct" => Self::Correct,
            // The schema lets nothing else through.
            _ => Self::Off,
        }
    }
}

/// When to fetch the dependencies of a chart in a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "Text")]
#[schemars(with = "DependencyUpdateText")]
pub enum DependencyUpdate {
    /// Where one of them is missing from `charts/`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How the choice is written.
#[derive(JsonSchema)]
#[schemars(extend("enum" = ["auto", true, false, "true", "false"]), inline)]
#[expect(dead_code, reason = "it only names the schema")]
struct DependencyUpdateText(Text);

impl From<Text> for DependencyUpdate {
    fn from(text: Text) -> Self {
        match text.as_str() {
            "true" => Self::Always,
            "false" => Self::Never,
            _ => Self::Auto,
        }
    }
}

/// Go back to a revision.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// The revision, or a file of the inputs that holds it; the one before the last without it.
    #[serde(default)]
    pub to: Option<Text>,
    /// Recreate what can't be patched.
    #[serde(default)]
    pub force: Flag,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_and_pause_keep_the_meaning_that_pipelines_know() {
        let ready = |text: &str| Ready::try_from(Text::from(text)).unwrap();
        assert_eq!(ready("true"), Ready { wanted: true, seconds: None });
        assert_eq!(ready("0"), Ready::default());
        assert_eq!(ready("90"), Ready { wanted: true, seconds: Some(90) });
        assert_eq!(Pause::try_from(Text::from("5")), Ok(Pause(5)));
        assert!(Pause::try_from(Text::from("true")).unwrap_err().contains("check_is_ready"));
    }
}
