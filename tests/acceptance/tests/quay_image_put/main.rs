//! `out` of quay-image: images in a folder, a payload on stdin, real registries behind.

mod blobs;
mod changes;
mod faults;
mod forms;
mod killed;
mod place;
mod platforms;
mod referrers;
mod tags;
