//! Unpacks the layers of an image into a root filesystem.
//!
//! The layers are taken from the top down. A record of the paths that came already tells what lower layers can no longer
//! change, so that nothing is written that a higher layer replaces or removes. While one layer is written, the next
//! ones are read and decompressed ahead, within bounded memory. Nothing is kept of a layer but that record.
//!
//! Layers may come from anybody. Everything is made by handles of folders that were opened one by one from the root,
//! no link on disk is ever followed, and names with `..` are refused: nothing is written outside the root. A limit on the
//! unpacked size ends decompression bombs.
//!
//! Semantics are those of the [image specification](https://github.com/opencontainers/image-spec/blob/main/layer.md).
//! Where it leaves room, this is what happens:
//! - Absolute names mean the root of the image. `..` in a name or a hard link's target is refused.
//! - An entry whose path leads through a symbolic link of its own or a lower layer is where the link leads, within the
//!   root: absolute targets begin at the root, and `..` ends there. An entry for the link's own path replaces the link.
//!   Images that have such entries are read twice.
//! - Whiteouts concern lower layers, wherever in their own layer they stand.
//! - A folder that no layer describes gets mode 0755, root as owner, and the time 0.
//! - Devices are skipped, as are extended attributes other than `user.*` and `security.capability`, and those that the
//!   file system or the user namespace refuses. The [`Summary`] counts them.
//! - Owners are set when the process is root, even of a user namespace.

mod attributes;
mod cancel;
mod compression;
mod disk;
mod error;
mod folders;
mod follow;
mod layers;
mod links;
mod open_layer;
mod path;
pub mod tar;
mod tree;
mod unpack;
mod writers;

pub use cancel::Cancel;
pub use error::{EntryProblem, StreamError, UnpackError};
pub use layers::Layers;
pub use path::InvalidPath;
pub use unpack::{MOST_ENTRIES, MOST_OPEN_LAYERS, Options, Summary, unpack};
