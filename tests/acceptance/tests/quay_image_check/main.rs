//! `check` of quay-image: a payload on stdin, versions on stdout, real registries behind.

mod faults;
mod mirror;
mod nearby;
mod pattern;
mod place;
mod source;
mod tag;
mod versions;
