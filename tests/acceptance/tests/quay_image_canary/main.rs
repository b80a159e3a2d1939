//! No secret of quay-image shows, whatever happens: not in logs, versions, metadata or files, and not in the command line
//! or environment of a process, in any encoding.
//!
//! The secrets are those that the program's own schema marks as such, so that a new field is tested by being there.

mod failures;
mod payloads;
mod place;
mod processes;
mod quay;
mod secrets;
mod successes;
