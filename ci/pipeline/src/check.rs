//! A pipeline's text through all stages.

use crate::model::{Decoded, Pipeline};
use crate::source::Span;
use crate::validate::{Report, validate};
use crate::vars::{InterpolationError, Missing, Variables, interpolate, interpolate_each};
use crate::yaml::{self, Document, Node, ReadError};

/// A pipeline and all that was found on the way.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The text as read. Keys written twice are listed there; Concourse refuses them.
    pub document: Document,
    /// What could be decoded, and what kept the rest from it.
    pub decoded: Decoded<Pipeline>,
    /// What validation says of what could be decoded. Concourse does not come this far when there are
    /// mistakes.
    pub report: Report,
}

/// Why a text gives no pipeline at all.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It is not YAML.
    #[error("yaml: {0}")]
    Read(ReadError),
    /// A variable cannot be filled in.
    #[error(transparent)]
    Interpolation(InterpolationError),
}

impl CheckError {
    /// Returns where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Read(error) => error.span,
            Self::Interpolation(error) => error.span,
        }
    }
}

impl Checked {
    fn of(document: Document, filled: Option<Node>) -> Self {
        let decoded = Pipeline::decode(filled);
        let report = validate(&decoded.value);
        Self { document, decoded, report }
    }

    /// Returns whether Concourse's server accepts the pipeline.
    pub fn is_accepted(&self) -> bool {
        self.document.duplicates.is_empty() && self.decoded.mistakes.is_empty() && self.report.is_valid()
    }
}

/// Takes a pipeline's text through all stages, as `fly set-pipeline` and the server do. Variables that
/// nothing knows stay as text.
///
/// # Errors
/// The text is not YAML, or a variable cannot be filled in.
pub fn check(text: &str, variables: &dyn Variables) -> Result<Checked, CheckError> {
    let document = yaml::read(text).map_err(CheckError::Read)?;
    let filled = document.root.clone().map(|root| interpolate(root, variables, Missing::Keep)).transpose();
    Ok(Checked::of(document, filled.map_err(CheckError::Interpolation)?))
}

/// As [`check`], for those who want to know all that is wrong: what cannot be filled in stays as text, and is
/// returned beside what was found in the rest.
///
/// # Errors
/// The text is not YAML.
pub fn check_all(
    text: &str,
    variables: &dyn Variables,
) -> Result<(Checked, Vec<InterpolationError>), ReadError> {
    let document = yaml::read(text)?;
    let (filled, failed) = match document.root.clone() {
        Some(root) => {
            let (filled, failed) = interpolate_each(root, variables);
            (Some(filled), failed)
        }
        None => (None, Vec::new()),
    };
    Ok((Checked::of(document, filled), failed))
}
