//! Filling variables in just before a step acts.

use pipeline::vars::{Missing, VariableError, Variables, interpolate};
use pipeline::yaml::Node;
use serde_json::Value as Json;

use super::Engine;
use super::state::State;
use crate::executor::Executor;
use crate::outcome::{Problem, problem_of};
use crate::secrets::hide_text;

impl<E: Executor> Engine<E> {
    /// Fills a tree's variables in; all must be known.
    pub(super) async fn fill(&self, node: &Node, state: &State) -> Result<Node, Problem> {
        self.look_up(node, state).await?;
        interpolate(node.clone(), &state.scope, Missing::Refuse).map_err(|error| unfilled("", error.error))
    }

    /// Fills the variables of a tree in that may be missing, as JSON.
    pub(super) async fn fill_optional(
        &self,
        node: Option<&Node>,
        state: &State,
    ) -> Result<Option<Json>, Problem> {
        match node {
            Some(node) => Ok(Some(self.fill(node, state).await?.to_json())),
            None => Ok(None),
        }
    }

    /// Fills the variables of a text in.
    pub(super) async fn fill_text(&self, text: &str, state: &State) -> Result<String, Problem> {
        let node = self.fill(&Node::string(text, pipeline::Span::default()), state).await?;
        match node.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => {
                Err(Problem::new(format!("`{text}` became {}, where a string must be", node.value.kind())))
            }
        }
    }

    /// Asks the credential managers for all that a tree uses, so that filling in finds it.
    pub(super) async fn look_up(&self, node: &Node, state: &State) -> Result<(), Problem> {
        for used in pipeline::vars::uses(node) {
            let Some(reference) = used.reference else { continue };
            let is_local = reference.source.as_deref() == Some(".") && state.scope.has_local(&reference.path);
            if !is_local {
                self.build.credentials.look_up(&reference).await?;
            }
        }
        Ok(())
    }

    /// Registers what the scope knows to be secret, so that nothing prints it.
    pub(super) fn hide_secrets(&self, state: &State) {
        for secret in state.scope.secrets() {
            hide_text(&secret);
        }
    }
}

/// Why variables could not be filled in, and what can be done about those that are nowhere.
pub(super) fn unfilled(what: &str, error: VariableError) -> Problem {
    let is_undefined = matches!(error, VariableError::Undefined { .. });
    let problem = problem_of(what, error);
    match is_undefined {
        true => problem.hint("give them with `-v NAME=VALUE`, `-l FILE` or `--secrets FILE`"),
        false => problem,
    }
}

/// Looks variables up in a fixed set as the build's own; others are not known here and no error.
pub(super) struct OwnVariables {
    values: pipeline::vars::StaticVariables,
}

impl OwnVariables {
    pub(super) fn new(values: pipeline::yaml::Map) -> Self {
        Self { values: pipeline::vars::StaticVariables::new(values) }
    }
}

impl Variables for OwnVariables {
    fn get(&self, reference: &pipeline::vars::Reference) -> Result<Option<Node>, VariableError> {
        match reference.source.as_deref() {
            Some(".") => self.values.get(&reference.without_source()),
            _ => Ok(None),
        }
    }
}
