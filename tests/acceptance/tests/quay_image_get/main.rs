//! `in` of quay-image: images in real registries, a payload on stdin, files in a folder.

mod aborts;
mod faults;
mod files;
mod hostile;
mod layout;
mod metadata;
mod place;
mod rootfs;
mod system;
mod tarball;
