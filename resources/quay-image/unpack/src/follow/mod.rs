//! Symbolic links on the way to an entry.
//!
//! A layer may have `bin/tool` where a lower one has the link `bin -> usr/bin`: then `usr/bin/tool` is meant, as if each
//! layer were extracted over the lower ones. Distributions that merged `/usr` have such links, and builders that put
//! archives on top of them (Bazel's rules, ko) write such entries. What is below can't be known when layers are taken
//! from the top down. So this is done in two steps:
//!
//! 1. [`Watch`] notes which folders are only implied by the names of entries, and tells when one of them turns out to be
//!    a link. That costs next to nothing, and never happens to what docker and buildkit build: they write an entry for
//!    each folder.
//! 2. Then all is begun anew: the headers of all layers are read from the bottom up, the links that are there are kept
//!    in mind ([`Symlinks`]), and what entries mean by their names is written down ([`Meanings`]). With that, layers can be
//!    taken from the top down, and no path leads through a link any more.
//!
//! The rules are those of containerd's `archive.Apply` and of umoci:
//! - The folder of an entry, of a whiteout, or of a hard link's target is looked up with links followed, as they are at
//!   that point of the layer. What the name itself says is never followed: an entry takes the place of a link, also if it
//!   is a folder.
//! - Links are followed within the root: absolute targets begin at the root, and `..` ends there.
//! - Missing folders are made, also where a link leads nowhere.
//!
//! containerd's overlay snapshotter differs, as does docker's overlay2: they extract each layer into a folder of its own,
//! where the links of lower layers are not to be seen, so that the link vanishes under a folder. Images of which that is
//! true are mostly broken by it (they lose `/lib`), and registry-image and umoci follow.

mod meanings;
mod symlinks;
mod watch;

pub(crate) use meanings::{Meanings, Place, TooMany};
pub(crate) use symlinks::{Symlinks, Unresolved};
pub(crate) use watch::Watch;
