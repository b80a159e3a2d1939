//! Shows what happens while it happens, and keeps it.
//!
//! - [`Progress`] knows how far each step has come;
//! - [`Live`] draws it on a terminal, [`Lines`] writes plain lines, [`JsonLines`] lines for machines;
//! - [`LogFile`] keeps everything for later, and [`read_log`] reads it again;
//! - [`summary`] says at the end what ran and what failed.

mod ansi;
mod duration;
mod json;
mod lines;
mod live;
mod log_file;
mod progress;
mod scrubbed;
mod style;
mod summary;
#[cfg(test)]
mod tests;
mod tree;

pub use ansi::{plain, shown};
pub use duration::told;
pub use json::{JsonLines, Record, RunEvent, What};
pub use lines::Lines;
pub use live::{Live, Size};
pub use log_file::{LogFile, read_log};
pub use progress::{Condition, Progress, Shown};
pub use style::Style;
pub use summary::{Summary, failed_steps, summary};
pub use tree::rows;
