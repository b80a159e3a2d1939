//! What people read while a step runs: lines on stderr, scrubbed of secrets.
//!
//! Concourse shows stderr live and understands colours, though it is no terminal there. A plain file gets plain lines.

mod progress;

use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::build::BuildMetadata;
use crate::{Error, redact};

pub use progress::{Progress, Unit, bytes};

static DEBUG: AtomicBool = AtomicBool::new(false);

/// Switches the lines of [`debug`] on or off.
pub fn set_debug(on: bool) {
    DEBUG.store(on, Ordering::Relaxed);
}

/// Says what is being done.
pub fn info(message: impl fmt::Display) {
    line("", "", message);
}

/// Says that something deserves attention, though the step goes on.
pub fn warn(message: impl fmt::Display) {
    line("\x1b[33m", "warning: ", message);
}

fn is_debug() -> bool {
    DEBUG.load(Ordering::Relaxed)
}

/// Says what only somebody who searches a fault wants to read; shown with `debug: true` in source.
pub fn debug(message: impl fmt::Display) {
    if is_debug() {
        line("\x1b[2m", "debug: ", message);
    }
}

/// Says why a step failed: the message, its causes, and what to do next.
pub fn error(error: &Error) {
    line("\x1b[1;31m", "error: ", error.message());
    for cause in error.causes() {
        line("", "  caused by: ", cause);
    }
    if let Some(hint) = error.advice() {
        line("\x1b[36m", "  hint: ", hint);
    }
}

/// Writes text to stderr as it is, but scrubbed: a child's output, a table, a diff.
pub fn raw(text: &str) {
    write(&redact::scrub(text));
}

fn line(colour: &str, label: &str, message: impl fmt::Display) {
    let message = message.to_string();
    let message = redact::scrub(&message);
    let clear = if progress::is_drawn() { "\r\x1b[K" } else { "" };
    match colour {
        "" => write(&format!("{clear}{label}{message}\n")),
        _ if !colours() => write(&format!("{clear}{label}{message}\n")),
        _ => write(&format!("{clear}{colour}{label}\x1b[0m{message}\n")),
    }
}

/// A closed stderr must not stop a step: what can't be said is lost.
fn write(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn colours() -> bool {
    static COLOURS: OnceLock<bool> = OnceLock::new();
    *COLOURS.get_or_init(|| {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        !unwanted && (is_terminal() || BuildMetadata::from_environment().is_concourse())
    })
}

fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}
