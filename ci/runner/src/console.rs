//! What a step says.

use std::cell::RefCell;

use kit::redact;

use crate::event::{Event, Listeners};
use crate::plan::StepId;

/// A line that is longer is shown in pieces of about this many bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// Takes what a step prints, and tells it line by line, secrets left out.
pub struct Console {
    step: StepId,
    listeners: Listeners,
    pending: RefCell<Vec<u8>>,
}

impl Console {
    /// Returns the console of a step.
    pub fn new(step: StepId, listeners: Listeners) -> Self {
        Self { step, listeners, pending: RefCell::default() }
    }

    /// Returns the step that speaks.
    pub fn step(&self) -> StepId {
        self.step
    }

    /// Takes bytes as they come from a process. Whole lines are told at once.
    pub fn write(&self, bytes: &[u8]) {
        let mut pending = self.pending.borrow_mut();
        pending.extend_from_slice(bytes);
        if let Some(end) = pending.iter().rposition(|byte| *byte == b'\n') {
            let lines: Vec<u8> = pending.drain(..=end).collect();
            self.tell(&lines);
        }
        if pending.len() > LONGEST_LINE {
            self.tell_part(&mut pending);
        }
    }

    /// Tells a line of our own.
    pub fn line(&self, text: &str) {
        self.flush();
        self.tell(format!("{text}\n").as_bytes());
    }

    /// Tells the part of a line that has come so far, since nothing more comes for a while. What could be the
    /// start of a secret is kept back.
    pub fn flush_part(&self) {
        self.tell_part(&mut self.pending.borrow_mut());
    }

    /// Tells all that is left.
    pub fn flush(&self) {
        let left = std::mem::take(&mut *self.pending.borrow_mut());
        if !left.is_empty() {
            self.tell(&left);
        }
    }

    fn tell_part(&self, pending: &mut Vec<u8>) {
        let whole = pending.len() - incomplete_tail(pending);
        let tail = pending.split_off(whole);
        // Secrets are looked for in all of it before it is cut, or one could be cut in two.
        let text = redact::scrub(&String::from_utf8_lossy(pending)).into_owned();
        let end = text.floor_char_boundary(text.len().saturating_sub(redact::longest().saturating_sub(1)));
        *pending = [&text.as_bytes()[end..], &tail].concat();
        if end > 0 {
            self.tell(&text.as_bytes()[..end]);
        }
    }

    fn tell(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let text = redact::scrub(&text).into_owned();
        self.listeners.tell(&Event::Log { step: self.step, text });
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Returns how many bytes at the end are the start of a character whose rest has not come yet.
fn incomplete_tail(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len() - error.valid_up_to(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::event::Listener;

    #[derive(Default)]
    struct Heard(RefCell<Vec<String>>);

    impl Listener for Heard {
        fn hear(&self, event: &Event) {
            if let Event::Log { text, .. } = event {
                self.0.borrow_mut().push(text.clone());
            }
        }
    }

    fn console() -> (Rc<Heard>, Console) {
        let heard = Rc::new(Heard::default());
        let listeners = Listeners::new(vec![heard.clone()]);
        (heard, Console::new(StepId(0), listeners))
    }

    #[test]
    fn lines_are_told_whole_and_the_rest_at_the_end() {
        let (heard, console) = console();
        console.write(b"one\ntw");
        console.write(b"o\nrest");
        drop(console);
        assert_eq!(*heard.0.borrow(), ["one\n", "two\n", "rest"]);
    }

    #[test]
    fn a_secret_that_comes_in_two_parts_is_hidden() {
        redact::register("console-canary");
        let (heard, console) = console();
        console.write(b"x console-");
        console.flush_part();
        console.write(b"canary y\n");
        let all = heard.0.borrow().concat();
        assert_eq!(all, "x ((redacted)) y\n");
    }

    #[test]
    fn an_endless_line_takes_no_endless_memory() {
        let (heard, console) = console();
        for _ in 0..100 {
            console.write(&[b'x'; 10_000]);
        }
        assert!(console.pending.borrow().len() <= LONGEST_LINE + redact::longest());
        assert!(heard.0.borrow().len() > 5);
    }
}
