//! Reads tar archives as a stream: ustar, and what GNU tar and POSIX pax added to it.
//!
//! The content of entries is handed out as slices of the pieces that the [`Source`] gave: nothing is copied. Names are
//! bytes, since archives may hold names that are not UTF-8. Nothing is judged here but the format itself: whether a
//! name leads out of a folder is the caller's question.
//!
//! ```
//! use bytes::Bytes;
//! use oci_unpack::tar::{Reader, pieces};
//!
//! let archive = Bytes::from(vec![0; 1024]); // two blocks of zeros: an archive without entries
//! let mut reader = Reader::new(pieces([archive]));
//! assert!(reader.next_entry().unwrap().is_none());
//! ```

mod entry;
mod error;
mod header;
mod number;
mod pax;
mod reader;
mod source;

pub use entry::{Entry, Kind, ModificationTime};
pub use error::{ArchiveError, ReadError};
pub use reader::Reader;
pub use source::{ReadSource, Source, pieces};
