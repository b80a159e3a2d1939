//! Errors on their way to where the layer and the entry are known.

use std::io;

use super::unreadable;
use crate::tar::ReadError;
use crate::tree::{Misplaced, NodeId, Tree};
use crate::writers::Failure;
use crate::{EntryProblem, InvalidPath, UnpackError};

/// What stopped the work.
pub(super) enum Trouble {
    /// The layer can't be read.
    Read(ReadError<UnpackError>),
    /// The entry at hand is refused.
    Problem(EntryProblem),
    /// The entry at hand is in a place where it can't be.
    Misplaced(Misplaced),
    /// The system refuses what is at this node.
    Failure(Failure),
    /// Another entry is refused.
    Other(NodeId, EntryProblem),
}

impl Trouble {
    /// Returns the error that is told. `entry` is the name of the entry at hand.
    pub(super) fn into_error(self, tree: &Tree, layer: &str, entry: Option<&[u8]>) -> UnpackError {
        let name = entry.map_or("?".into(), String::from_utf8_lossy);
        let at_hand = |problem| UnpackError::entry(layer, &name, problem);
        match self {
            Self::Read(problem) => unreadable(layer, problem),
            Self::Problem(problem) => at_hand(problem),
            Self::Misplaced(misplaced) => at_hand(misplaced_problem(misplaced, tree)),
            Self::Failure((node, problem)) => UnpackError::entry(layer, &tree.path(node), problem.into()),
            Self::Other(node, problem) => UnpackError::entry(layer, &tree.path(node), problem),
        }
    }
}

fn misplaced_problem(misplaced: Misplaced, tree: &Tree) -> EntryProblem {
    match misplaced {
        Misplaced::ThroughFile(node) => EntryProblem::ThroughFile { file: tree.path(node) },
        Misplaced::RootNotFolder => EntryProblem::RootNotFolder,
    }
}

impl UnpackError {
    pub(super) fn entry(layer: &str, entry: &str, cause: EntryProblem) -> Self {
        Self::Entry { layer: layer.to_owned(), entry: entry.to_owned(), cause }
    }
}

impl From<ReadError<UnpackError>> for Trouble {
    fn from(problem: ReadError<UnpackError>) -> Self {
        Self::Read(problem)
    }
}

impl From<UnpackError> for Trouble {
    fn from(problem: UnpackError) -> Self {
        Self::Read(ReadError::Source(problem))
    }
}

impl From<InvalidPath> for Trouble {
    fn from(problem: InvalidPath) -> Self {
        Self::Problem(problem.into())
    }
}

impl From<EntryProblem> for Trouble {
    fn from(problem: EntryProblem) -> Self {
        Self::Problem(problem)
    }
}

impl From<io::Error> for Trouble {
    fn from(problem: io::Error) -> Self {
        Self::Problem(problem.into())
    }
}

impl From<Misplaced> for Trouble {
    fn from(misplaced: Misplaced) -> Self {
        Self::Misplaced(misplaced)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}
