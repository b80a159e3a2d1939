//! Strict reading of payloads: every mistake at once, each with its place and the remedy.

mod decode;
mod keywords;
mod mistake;
mod normalize;
mod validate;
mod wording;

pub use decode::{Reading, decode};
pub use mistake::{Mistake, Path, Segment};
pub use validate::{Findings, validate};
pub use wording::nearest_name;
