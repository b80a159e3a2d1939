//! What a put did, and the version that this makes.

use kit::Metadata;

use crate::selection::{Item, Said};
use crate::variable_name::variable_name;
use crate::version::{State, Version};

/// One thing that was done.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) what: What,
    /// What people read in the metadata.
    pub(super) text: String,
}

/// What was done, and to what.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A secret has this state now.
    Written { name: String, path: String, state: State },
    /// Something else happened: `deleted`, `rotated`, `renewed`… to what is at a path.
    Done { verb: &'static str, path: String, value: String },
}

/// Everything that was done.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes(Vec<Outcome>);

impl Outcome {
    /// Returns its key in a version.
    fn key(&self) -> String {
        match &self.what {
            What::Written { name, .. } => name.clone(),
            What::Done { verb, path, .. } => format!("{verb}:{path}"),
        }
    }
}

impl Outcomes {
    pub(super) fn push(&mut self, outcome: Outcome) {
        self.0.push(outcome);
    }

    pub(super) fn extend(&mut self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.0.extend(outcomes);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a field of metadata for each.
    pub(super) fn metadata(&self) -> Metadata {
        let field = |metadata: Metadata, outcome: &Outcome| {
            metadata.with(variable_name(&outcome.key()), &outcome.text)
        };
        self.0.iter().fold(Metadata::new(), field)
    }

    /// Returns the version: check's own if just the watched secret was written, so that it is one history; else a map
    /// from what was done to its state.
    pub(super) fn version(&self, watched: &[Item]) -> Version {
        if let (
            [Item { said: Said::Single, wanted, .. }],
            [Outcome { what: What::Written { path, state, .. }, .. }],
        ) = (watched, self.0.as_slice())
            && is_at(wanted, path)
        {
            return Version::single(state.clone());
        }
        let mut version = Version::default();
        for outcome in &self.0 {
            match &outcome.what {
                What::Written { name, state, .. } => version.add(name, state.clone()),
                What::Done { value, .. } => version.insert(&outcome.key(), value.clone()),
            }
        }
        version
    }
}

/// Tells whether the watched secret is the one at `path`.
pub(super) fn is_at(wanted: &crate::params::Wanted, path: &str) -> bool {
    let default = wanted.engine.map(|engine| engine.default_mount().to_owned());
    let mount = wanted.mount.as_ref().map(ToString::to_string).or(default);
    let whole = mount.map_or_else(|| wanted.path.to_string(), |mount| format!("{mount}/{}", wanted.path));
    whole == path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Wanted;
    use crate::version::Kind;

    fn written(name: &str, path: &str) -> Outcome {
        let state = State::new(Kind::Number, "3");
        Outcome { what: What::Written { name: name.into(), path: path.into(), state }, text: String::new() }
    }

    fn version(wanted: Option<serde_json::Value>, outcomes: Vec<Outcome>) -> String {
        let watched: Vec<Item> = wanted
            .into_iter()
            .map(|wanted| {
                let wanted: Wanted = serde_json::from_value(wanted).unwrap();
                Item { name: wanted.name(), wanted, said: Said::Single }
            })
            .collect();
        serde_json::to_string(&Outcomes(outcomes).version(&watched)).unwrap()
    }

    #[test]
    fn writing_the_watched_secret_continues_its_history() {
        use serde_json::json;
        let watched = json!({"engine": "kv2", "path": "app"});
        let deleted = Outcome {
            what: What::Done { verb: "deleted", path: "secret/app".into(), value: "3".into() },
            text: String::new(),
        };
        let cases = [
            (Some(watched.clone()), vec![written("secret-app", "secret/app")], r#"{"version":"3"}"#),
            (Some(json!({"path": "secret/app"})), vec![written("x", "secret/app")], r#"{"version":"3"}"#),
            (Some(watched.clone()), vec![written("secret-other", "secret/other")], r#"{"secret-other":"3"}"#),
            (None, vec![written("a", "kv/a"), written("b", "kv/b")], r#"{"a":"3","b":"3"}"#),
            (Some(watched), vec![deleted], r#"{"deleted:secret/app":"3"}"#),
        ];
        for (wanted, outcomes, expected) in cases {
            assert_eq!(version(wanted.clone(), outcomes), expected, "{wanted:?}");
        }
    }
}
