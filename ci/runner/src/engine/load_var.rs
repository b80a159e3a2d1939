//! `load_var`

use pipeline::model::LoadVarStep;
use pipeline::vars::LoadFormat;

use super::leaf::Acted;
use super::state::State;
use super::{Engine, SharedConsole};
use crate::executor::Executor;
use crate::outcome::Problem;

impl<E: Executor> Engine<E> {
    pub(super) async fn load_var(
        &self,
        step: &LoadVarStep,
        state: &State,
        console: &SharedConsole,
    ) -> Result<Acted, Problem> {
        let file = self.fill_text(step.file.as_ref().map_or("", |file| file.as_str()), state).await?;
        let format = match &step.format {
            Some(format) => Some(self.fill_text(format, state).await?),
            None => None,
        };
        let invalid = |error: pipeline::vars::InvalidLoadedFile| Problem::new(error.to_string());
        let Some((artifact, path)) = file.split_once('/') else {
            return Err(Problem::new(format!("file '{file}' does not specify where the file lives")));
        };
        let format = LoadFormat::choose(format.as_deref(), &file).map_err(invalid)?;
        let text = read_from(state, artifact, path)?;
        let value = format.read(&text, &file).map_err(invalid)?;
        console.line(&format!("var {} fetched.", step.name.value));
        let is_revealed = step.reveal.as_deref().copied().unwrap_or(false);
        state.scope.set(&step.name, value, !is_revealed);
        self.hide_secrets(state);
        console.line(&format!("added var {} to build.", step.name.value));
        Ok(Acted::succeeded())
    }
}

/// Reads a file of an artifact, with Concourse's words for what can go wrong.
pub(super) fn read_from(state: &State, artifact: &str, path: &str) -> Result<String, Problem> {
    let volume = state.artifacts.get(artifact).ok_or_else(|| {
        Problem::new(format!("unknown artifact source: '{artifact}' in file path '{path}'"))
    })?;
    volume.read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Problem::new(format!("file '{path}' not found within artifact '{artifact}'"))
        }
        _ => Problem::new(format!("cannot read '{path}' within artifact '{artifact}': {error}")),
    })
}
