//! Progress of work that takes longer than a second.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{is_debug, is_terminal, line, write};
use crate::redact;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, shown as kB, MB or GB.
    Bytes,
    /// Things, named by their plural.
    Items(&'static str),
}

/// A count that grows, shown with its total and rate: a live line in a terminal, a line every few seconds elsewhere
/// and with `debug`.
///
/// Nothing is shown of work that is over within a second. Cheap to add to from many threads.
pub struct Progress {
    label: String,
    unit: Unit,
    total: AtomicU64,
    done: AtomicU64,
    started: Instant,
    shown: Mutex<Shown>,
}

struct Shown {
    next: Instant,
    interval: Duration,
}

static DRAWN: AtomicBool = AtomicBool::new(false);

/// Tells whether a live line stands on the terminal, which the next line must clear.
pub(super) fn is_drawn() -> bool {
    DRAWN.swap(false, Ordering::Relaxed)
}

const QUIET: Duration = Duration::from_secs(1);
const LIVE: Duration = Duration::from_millis(100);
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

impl Progress {
    /// Starts to count. `total` is 0 where it isn't known.
    pub fn new(label: impl Into<String>, unit: Unit, total: u64) -> Self {
        let started = Instant::now();
        let interval = if is_live() { LIVE } else { Duration::from_secs(2) };
        let shown = Mutex::new(Shown { next: started + QUIET, interval });
        Self {
            label: label.into(),
            unit,
            total: AtomicU64::new(total),
            done: AtomicU64::new(0),
            started,
            shown,
        }
    }

    /// Counts `amount` more as done.
    pub fn add(&self, amount: u64) {
        self.done.fetch_add(amount, Ordering::Relaxed);
        let Ok(mut shown) = self.shown.try_lock() else { return };
        let now = Instant::now();
        if now < shown.next {
            return;
        }
        shown.next = now + shown.interval;
        if is_live() {
            write(&format!("\r\x1b[K{}", redact::scrub(&self.text())));
            DRAWN.store(true, Ordering::Relaxed);
        } else {
            // Ever longer pauses keep the log of an hour's work short.
            shown.interval = (shown.interval * 3 / 2).min(LONGEST_INTERVAL);
            line("", "", self.text());
        }
    }

    /// Adds to what is expected in total.
    pub fn expect(&self, amount: u64) {
        self.total.fetch_add(amount, Ordering::Relaxed);
    }

    /// Returns how much was counted.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Ends the count; says the outcome if the work took longer than a second.
    pub fn finish(&self) {
        let _shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if self.started.elapsed() >= QUIET {
            let seconds = self.started.elapsed().as_secs_f64();
            line("", "", format!("{}: {} in {seconds:.1} s", self.label, self.amount(self.done())));
        }
    }

    fn text(&self) -> String {
        let (done, total) = (self.done(), self.total.load(Ordering::Relaxed));
        let rate = self.amount((done as f64 / self.started.elapsed().as_secs_f64().max(0.001)) as u64);
        if total == 0 {
            return format!("{}: {}, {rate}/s", self.label, self.amount(done));
        }
        let percent = (done.min(total) * 100).checked_div(total).unwrap_or(100);
        format!("{}: {} of {} ({percent} %), {rate}/s", self.label, self.amount(done), self.amount(total))
    }

    fn amount(&self, amount: u64) -> String {
        match self.unit {
            Unit::Bytes => bytes(amount),
            Unit::Items(name) => format!("{amount} {name}"),
        }
    }
}

/// Tells whether a line is drawn again and again. Not between the many lines of `debug`, which would tear it apart.
fn is_live() -> bool {
    is_terminal() && !is_debug()
}

/// Formats a number of bytes for people: `512 B`, `1.5 kB`, `23.0 MB` (powers of 1000).
pub fn bytes(amount: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if amount < 1000 {
        return format!("{amount} B");
    }
    let mut value = amount as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_unit_that_reads_best() {
        let cases =
            [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_999, "1.0 MB"), (570_400_000, "570.4 MB")];
        for (amount, text) in cases {
            assert_eq!(bytes(amount), text);
        }
    }
}
