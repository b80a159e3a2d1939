//! One error for a whole step: what happened, why, and what to do next.

use std::error::Error as StdError;
use std::fmt;

/// What a step ends with when it fails.
///
/// The message says what happened and where. Causes follow, outermost first. The hint says what to do next and is
/// kept apart, so that it is printed once, at the end. Typed errors of a library convert with `?`; their sources
/// become causes.
pub struct Error {
    message: String,
    hint: Option<String>,
    causes: Vec<String>,
}

/// The result of everything in a step that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Returns an error that says `message`: a lower-case fragment that reads well after "error:".
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, causes: Vec::new() }
    }

    /// Adds what to do next. The innermost hint stays, since it knows most.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Adds to what to do next, after what is known of it already.
    #[must_use]
    pub fn further_hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.hint = Some(match self.hint {
            Some(known) => format!("{known}; {hint}"),
            None => hint,
        });
        self
    }

    /// Puts `message` on top; what was the message becomes the first cause.
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Self {
        let cause = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, cause);
        self
    }

    /// Returns the message alone, without causes.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the causes, outermost first.
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// Returns what to do next, if anybody knew.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref().or_else(|| self.advice_on_disks())
    }

    /// What the system says of disks has the same remedy wherever a file is written. A system's error is known by the
    /// number at its end, which the standard library always prints.
    fn advice_on_disks(&self) -> Option<&'static str> {
        let innermost = self.causes.last().unwrap_or(&self.message);
        let known = DISKS.iter().find(|(number, _)| innermost.ends_with(&format!("(os error {number})")));
        known.map(|(_, advice)| *advice)
    }
}

/// What to do when the system says that a disk can't be written, by its error numbers: ENOSPC, EDQUOT, EROFS.
const DISKS: [(u32, &str); 3] = [
    (28, "the worker's disk is full: free or add space, or run less at once"),
    (122, "a quota on the worker's disk is used up: free or add space, or run less at once"),
    (30, "the folder is mounted read-only: pass one that can be written"),
];

/// Message and causes in one line: `message: cause: cause`.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.hint.iter().try_for_each(|hint| write!(f, " (hint: {hint})"))
    }
}

impl<E: StdError> From<E> for Error {
    fn from(error: E) -> Self {
        let mut result = Self::new(error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Some libraries paste the cause into their own text as well; saying it twice helps nobody.
            if !result.message.ends_with(&text) && !result.causes.iter().any(|known| known.ends_with(&text)) {
                result.causes.push(text);
            }
            source = cause.source();
        }
        result
    }
}

/// Adds context and hints to results.
pub trait Context<T> {
    /// Puts a message on top of the error. See [`Error::context`].
    ///
    /// # Errors
    /// The same error, with the context.
    fn context(self, message: impl FnOnce() -> String) -> Result<T>;

    /// Adds what to do next. See [`Error::hint`].
    ///
    /// # Errors
    /// The same error, with the hint.
    fn hint(self, hint: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for std::result::Result<T, E> {
    fn context(self, message: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| error.into().context(message()))
    }

    fn hint(self, hint: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| error.into().hint(hint()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_goes_on_top_and_the_innermost_hint_stays() {
        let error = Error::new("connection refused").hint("start it").context("cannot read").hint("give up");
        assert_eq!(error.to_string(), "cannot read: connection refused");
        assert_eq!(error.advice(), Some("start it"));
        assert_eq!(error.further_hint("nothing was changed").advice(), Some("start it; nothing was changed"));
    }

    #[test]
    fn full_and_read_only_disks_have_a_remedy_everywhere() {
        let refused =
            |number| Error::from(std::io::Error::from_raw_os_error(number)).context("cannot write `x`");
        let cases = [(28, Some("is full")), (122, Some("quota")), (30, Some("read-only")), (2, None)];
        for (number, expected) in cases {
            let error = refused(number);
            let advice = error.advice();
            assert!(
                expected.map_or(advice.is_none(), |expected| advice.is_some_and(|it| it.contains(expected))),
                "{number}: {advice:?}"
            );
        }
        assert_eq!(refused(28).hint("look there").advice(), Some("look there"));
    }

    #[test]
    fn a_cause_that_the_message_already_says_is_not_repeated() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot open: {0}")]
        struct Outer(#[source] std::io::Error);
        let error = Error::from(Outer(std::io::Error::other("disk on fire")));
        assert_eq!(error.to_string(), "cannot open: disk on fire");
    }
}
