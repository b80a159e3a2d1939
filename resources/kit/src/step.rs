//! One run of check, get or put: its source, its build, and what must be undone when it ends.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use crate::build::BuildMetadata;
use crate::{Result, report};

type Work = Pin<Box<dyn Future<Output = Result<()>>>>;

/// How long the work at the end of an aborted step may take. Concourse kills after 10 s; a person waits less.
pub(crate) const ABORT_GRACE: Duration = Duration::from_millis(4500);

/// A running step.
pub struct Step<S> {
    /// The `source:` block.
    pub source: S,
    /// The build that runs the step. See [`BuildMetadata`] for where it may be used.
    pub build: BuildMetadata,
    ends: Rc<RefCell<Vec<End>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    NotSucceeded,
}

struct End {
    when: When,
    label: String,
    work: Work,
    deferred: Deferred,
}

/// A handle on work that waits for the end of the step.
#[derive(Clone, Default)]
pub struct Deferred(Rc<std::cell::Cell<bool>>);

impl Deferred {
    /// Takes the work off the list: it is no longer needed.
    pub fn cancel(&self) {
        self.0.set(true);
    }

    fn is_cancelled(&self) -> bool {
        self.0.get()
    }
}

impl<S> Step<S> {
    /// Returns a step on `source`.
    pub fn new(source: S, build: BuildMetadata) -> Self {
        Self { source, build, ends: Rc::default() }
    }

    /// Has `work` done when the step ends, however it ends: success, failure or abort. Last in, first done.
    ///
    /// `label` says what the work does, as in "revoke the login token".
    pub fn at_end(
        &self,
        label: impl Into<String>,
        work: impl Future<Output = Result<()>> + 'static,
    ) -> Deferred {
        self.push(When::Always, label.into(), Box::pin(work))
    }

    /// Has `work` done when the step fails or is aborted, to undo what it had begun.
    pub fn unless_successful(
        &self,
        label: impl Into<String>,
        work: impl Future<Output = Result<()>> + 'static,
    ) -> Deferred {
        self.push(When::NotSucceeded, label.into(), Box::pin(work))
    }

    /// Does the work that waits for the end. Failures are warnings: the step's own outcome matters more.
    pub async fn finish(&self, succeeded: bool) {
        while let Some(end) = self.pop() {
            let wanted = end.when == When::Always || !succeeded;
            if end.deferred.is_cancelled() || !wanted {
                continue;
            }
            if let Err(error) = end.work.await {
                report::warn(format_args!("could not {}: {error}", end.label));
            }
        }
    }

    fn push(&self, when: When, label: String, work: Work) -> Deferred {
        let deferred = Deferred::default();
        self.ends.borrow_mut().push(End { when, label, work, deferred: deferred.clone() });
        deferred
    }

    fn pop(&self) -> Option<End> {
        self.ends.borrow_mut().pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_at_the_end_is_done_in_reverse_and_only_when_wanted() {
        for (succeeded, expected) in [(true, "c"), (false, "cb")] {
            let step = Step::new((), BuildMetadata::default());
            let done = Rc::new(RefCell::new(String::new()));
            let note = |letter: char| {
                let done = Rc::clone(&done);
                async move {
                    done.borrow_mut().push(letter);
                    Ok(())
                }
            };
            step.at_end("a", note('a')).cancel();
            step.unless_successful("b", note('b'));
            step.at_end("c", note('c'));
            step.finish(succeeded).await;
            assert_eq!(*done.borrow(), expected);
        }
    }
}
