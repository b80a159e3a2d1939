//! What a rule found.

use pipeline::Span;

use crate::RuleInfo;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Advice that many pipelines do well without.
    Hint,
    /// Most likely not what was meant.
    Warning,
    /// Concourse refuses it, or a build fails of it.
    Error,
}

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The rule.
    pub rule: &'static RuleInfo,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where it is.
    pub label: Label,
    /// The whole value that the place is in, when it is in one of several lines: a comment that allows the
    /// finding cannot stand within it.
    pub value: Option<Span>,
    /// Other places that matter.
    pub related: Vec<Label>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

/// A place and what there is to say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The file, as an index into [`Linted::sources`](crate::Linted::sources).
    pub file: usize,
    /// The place.
    pub span: Span,
    /// What to say there; may be empty.
    pub text: String,
}

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the words of an order.
    pub title: String,
    /// The places and what stands there afterwards.
    pub edits: Vec<(Span, String)>,
    /// Whether it surely does what was meant, so that `--fix` makes it.
    pub is_safe: bool,
}

impl Severity {
    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

impl Diagnostic {
    /// Returns a finding in the pipeline's own file, with the rule's severity.
    pub(crate) fn new(rule: &'static RuleInfo, message: impl Into<String>, span: Span) -> Self {
        let label = Label { file: 0, span, text: String::new() };
        let (related, notes) = (Vec::new(), Vec::new());
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            label,
            value: None,
            related,
            notes,
            help: None,
            fix: None,
        }
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) fn in_file(mut self, file: usize) -> Self {
        self.label.file = file;
        self
    }

    pub(crate) fn inside(mut self, value: Span) -> Self {
        self.value = Some(value);
        self
    }

    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.label.text = text.into();
        self
    }

    pub(crate) fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { file: self.label.file, span, text: text.into() });
        self
    }

    pub(crate) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a change that surely does what was meant.
    pub(crate) fn safe_fix(
        self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.with_fix(title, span, replacement, true)
    }

    /// Adds a change that somebody should look at.
    pub(crate) fn suggestion(
        self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.with_fix(title, span, replacement, false)
    }

    fn with_fix(
        mut self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
        is_safe: bool,
    ) -> Self {
        self.fix = Some(Fix { title: title.into(), edits: vec![(span, replacement.into())], is_safe });
        self
    }
}
