//! How steps end.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a step or a whole run ended, in Concourse's words. Later ones outrank earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It did what it should.
    Succeeded,
    /// It ran and said no.
    Failed,
    /// It could not run, or its result was unusable.
    Errored,
    /// Somebody stopped it.
    Aborted,
}

/// What a step that could run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
}

/// What came of running a step: a verdict, or why there is none.
pub type Outcome = Result<Verdict, Problem>;

/// Why a step has no verdict. Several problems can be one: those of parallel steps, of a step and its hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    message: String,
    hint: Option<String>,
    is_interruption: bool,
    is_timeout: bool,
}

impl Status {
    /// Returns the status that an outcome gives.
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Ok(Verdict::Succeeded) => Self::Succeeded,
            Ok(Verdict::Failed) => Self::Failed,
            Err(problem) if problem.is_interruption => Self::Aborted,
            Err(_) => Self::Errored,
        }
    }

    /// Returns the word that Concourse uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Aborted => "aborted",
        }
    }

    /// Returns the status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Succeeded, Self::Failed, Self::Errored, Self::Aborted]
            .into_iter()
            .find(|status| status.word() == word)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Verdict {
    /// Returns success when `succeeded`.
    pub fn from_success(succeeded: bool) -> Self {
        if succeeded { Self::Succeeded } else { Self::Failed }
    }

    /// Returns whether this is success.
    pub fn is_success(self) -> bool {
        self == Self::Succeeded
    }
}

impl Problem {
    /// Returns a problem that `message` tells.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, is_interruption: false, is_timeout: false }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the problem of a step that was stopped.
    pub fn interrupted() -> Self {
        Self { is_interruption: true, ..Self::new("interrupted") }
    }

    /// Returns the problem of a step whose time was over.
    pub fn timed_out() -> Self {
        Self { is_timeout: true, ..Self::new("timeout exceeded") }
    }

    /// Returns whether somebody stopped the step.
    pub fn is_interruption(&self) -> bool {
        self.is_interruption
    }

    /// Returns whether the step's time was over.
    pub fn is_timeout(&self) -> bool {
        self.is_timeout
    }

    /// Returns what to do about it, when that is known.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Joins this problem with a later one. The result is an interruption, or a timeout, if either is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            message: format!("{}; {}", self.message, other.message),
            hint: self.hint.or(other.hint),
            is_interruption: self.is_interruption || other.is_interruption,
            is_timeout: self.is_timeout || other.is_timeout,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// Turns an error and its causes into a problem.
pub(crate) fn problem_of(what: &str, error: impl std::error::Error) -> Problem {
    let mut message = if what.is_empty() { error.to_string() } else { format!("{what}: {error}") };
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Problem::new(message)
}
