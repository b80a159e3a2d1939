//! Which versions a job's gets take, and which jobs new versions start: Concourse's rules.
//!
//! Everything here works on what is handed in: the pipeline, the versions that checks found, and the runs there were.

mod history;
mod select;
#[cfg(test)]
mod tests;
mod together;
mod trigger;
mod wanted;

pub use history::{History, PastRun, Used};
pub use select::{Reason, Unmet, select};
pub use trigger::{Trigger, trigger};
pub use wanted::{Choice, Wanted, wanted};
