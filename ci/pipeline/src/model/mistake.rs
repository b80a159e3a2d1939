//! What keeps a tree from being a pipeline.

use crate::source::Span;
use crate::yaml::{Node, gofmt};

/// Something that keeps a tree from being decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// What kind of mistake it is.
    pub kind: MistakeKind,
    /// Where in the tree: `jobs[0].plan[1].version`.
    pub path: String,
    /// Where in the text.
    pub span: Span,
}

/// The kinds of mistakes.
#[derive(Clone, Debug, PartialEq)]
pub enum MistakeKind {
    /// A key that the object does not have.
    UnknownField {
        /// The key.
        name: String,
        /// The keys that it has.
        known: &'static [&'static str],
    },
    /// A value of the wrong kind.
    WrongType {
        /// What it should be, with its article.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A step without any key that says what it is.
    NoStep,
    /// A step with hooks or modifiers only.
    NoCoreStep,
    /// A value that its field refuses; the words are Concourse's.
    BadValue(String),
}

/// A key that an object does not have, kept for those who care.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownField {
    /// The key.
    pub name: String,
    /// Where the key stands.
    pub span: Span,
    /// What stands under it.
    pub value: Node,
    /// The keys that the object has.
    pub known: &'static [&'static str],
}

impl Mistake {
    /// Returns the mistake in words: Concourse's own where it has some that help.
    pub fn message(&self) -> String {
        match &self.kind {
            MistakeKind::UnknownField { name, .. } => format!("json: unknown field {}", gofmt::quote(name)),
            MistakeKind::WrongType { expected, found } => {
                let path = if self.path.is_empty() { "the document" } else { &self.path };
                format!("{path} must be {expected}, and this is {found}")
            }
            MistakeKind::NoStep => "no step configured".into(),
            MistakeKind::NoCoreStep => "no core step type declared (e.g. get, put, task, etc.)".into(),
            MistakeKind::BadValue(message) => message.clone(),
        }
    }
}
