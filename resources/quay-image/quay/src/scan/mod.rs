//! What Quay's scanner found in a manifest, and what is thought of it.

mod client;
mod difference;
mod finding;
mod policy;
mod sarif;
mod severity;
mod table;

pub use client::{Scan, ScanStatus};
pub use difference::Difference;
pub use finding::Finding;
pub use policy::{Exception, Policy, Verdict};
pub use sarif::sarif;
pub use severity::{Counts, Severity};
pub use table::{markdown, text};
