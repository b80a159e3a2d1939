//! All that happened in a run, kept in a file for later.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{JsonLines, Record, RunEvent};
use crate::event::{Event, Listener};

/// From here on what steps print is not kept, in bytes.
const LARGEST_LOG: u64 = 256 * 1024 * 1024;
/// How long a line of the file may be, in bytes: the longest piece that a step's log is told in, escaped.
const LONGEST_RECORD: u64 = 4 * 1024 * 1024;

/// Keeps events in a file that others cannot read. A full disk stops the keeping, not the run.
pub struct LogFile {
    lines: JsonLines<BufWriter<File>>,
    printed: Cell<u64>,
}

impl LogFile {
    /// Makes the file of a run.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path, run: i64, now: fn() -> i64) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        Ok(Self { lines: JsonLines::new(BufWriter::new(file), run, now), printed: Cell::new(0) })
    }

    /// Keeps that the run began or ended.
    pub fn tell(&self, event: RunEvent) {
        self.lines.tell(event);
    }
}

impl Listener for LogFile {
    fn hear(&self, event: &Event) {
        let Event::Log { step, text } = event else {
            self.lines.hear(event);
            return;
        };
        let before = self.printed.get();
        let after = before.saturating_add(text.len() as u64);
        self.printed.set(after);
        if after <= LARGEST_LOG {
            self.lines.hear(event);
        } else if before <= LARGEST_LOG {
            let text = "\n(the log is longer than 256 MiB; the rest was shown, and is not kept)\n".into();
            self.lines.hear(&Event::Log { step: *step, text });
        }
    }
}

/// Reads what was kept of a run, record by record. What cannot be read, as after a crash, ends it.
///
/// # Errors
/// The file cannot be opened.
pub fn read_log(path: &Path) -> io::Result<impl Iterator<Item = Record> + use<>> {
    let mut reader = BufReader::new(File::open(path)?);
    Ok(std::iter::from_fn(move || {
        let mut line = Vec::new();
        reader.by_ref().take(LONGEST_RECORD).read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice(&line).ok()
    }))
}
