//! Why an image can't be unpacked.

use std::io;
use std::path::PathBuf;

use crate::path::InvalidPath;
use crate::tar::ArchiveError;

/// The error of a stream that a caller gave.
pub type StreamError = Box<dyn std::error::Error + Send + Sync>;

/// Why an image can't be unpacked. What was written until then is worth nothing.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The layer's stream broke off, or isn't what its digest says.
    #[error("cannot read layer {layer}")]
    Stream {
        /// The layer's name.
        layer: String,
        /// What the stream says.
        #[source]
        cause: StreamError,
    },
    /// The layer's compressed data is damaged.
    #[error("cannot decompress layer {layer} as {format}")]
    Decompress {
        /// The layer's name.
        layer: String,
        /// How it is compressed, by its first bytes.
        format: &'static str,
        /// What the decoder says.
        #[source]
        cause: io::Error,
    },
    /// The layer is compressed in a way that the image specification doesn't have.
    #[error("layer {layer} is compressed with {format}")]
    UnsupportedFormat {
        /// The layer's name.
        layer: String,
        /// How it is compressed, by its first bytes.
        format: &'static str,
    },
    /// The layer is no good tar archive.
    #[error("cannot read the archive of layer {layer}")]
    Archive {
        /// The layer's name.
        layer: String,
        /// What is wrong with it.
        #[source]
        cause: ArchiveError,
    },
    /// An entry that is refused, or that can't be written.
    #[error("cannot unpack `{entry}` of layer {layer}")]
    Entry {
        /// The layer's name.
        layer: String,
        /// The entry's name, as it stands in the archive.
        entry: String,
        /// Why.
        #[source]
        cause: EntryProblem,
    },
    /// The layers are larger than the limit.
    #[error("the unpacked layers are larger than `max_size`, {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The layers have more entries than the limit.
    #[error("the layers have more than {limit} entries")]
    TooManyEntries {
        /// The limit.
        limit: u64,
    },
    /// Too many entries lead through symbolic links, or too long ones.
    #[error("the layers have more entries whose paths lead through symbolic links than can be followed")]
    TooManyLinks,
    /// The image has more layers than can be told apart.
    #[error("the image has {0} layers")]
    TooManyLayers(usize),
    /// The folder to unpack into can't be used.
    #[error("cannot unpack into `{}`", path.display())]
    Root {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// Threads can't be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// The caller cancelled.
    #[error("unpacking was cancelled")]
    Cancelled,
}

/// What is wrong with one entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryProblem {
    /// Its name can't be used.
    #[error("the name is refused")]
    Name(#[from] InvalidPath),
    /// It is a hard link whose target's name can't be used.
    #[error("the hard link's target `{target}` is refused")]
    LinkName {
        /// The target as it stands in the archive.
        target: String,
        /// Why.
        #[source]
        cause: InvalidPath,
    },
    /// It is a hard link to what isn't there.
    #[error("it is a hard link to `{target}`, which neither its layer nor a lower one has")]
    LinkTargetMissing {
        /// The target.
        target: String,
    },
    /// It is a hard link to a folder.
    #[error("it is a hard link to `{target}`, which is a folder")]
    LinkToFolder {
        /// The target.
        target: String,
    },
    /// Its path leads through symbolic links without end.
    #[error("its path leads through more than 255 symbolic links, of which `{link}` is one")]
    SymlinkLoop {
        /// One of the symbolic links.
        link: String,
    },
    /// Its path leads through a file of the same layer.
    #[error("its path leads through `{file}`, which is no folder")]
    ThroughFile {
        /// The file.
        file: String,
    },
    /// It is the root, but no folder.
    #[error("the root of the image is no folder")]
    RootNotFolder,
    /// The system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl UnpackError {
    /// Returns what to do about it, where that can be told.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Stream { .. } | Self::Decompress { .. } | Self::Thread(_) | Self::Cancelled => None,
            Self::Archive { .. } => {
                Some("the layer was pushed damaged, or by a faulty builder: build and push it again")
            }
            Self::UnsupportedFormat { .. } => {
                Some("layers are gzip, zstd or plain tar: push the image anew by a usual builder")
            }
            Self::Entry { cause, .. } => cause.hint(),
            Self::TooLarge { .. } => Some("if the image is meant to be that large, raise `params.max_size`"),
            Self::TooManyEntries { .. } | Self::TooManyLinks | Self::TooManyLayers(_) => {
                Some("an image of this shape is damaged or hostile: look at how it was made")
            }
            Self::Root { cause, .. } => system_hint(cause),
        }
    }
}

impl EntryProblem {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Name(_) | Self::LinkName { .. } => Some(
                "the layer could write outside the image: don't use it, or build it again by a usual builder",
            ),
            Self::SymlinkLoop { .. } => {
                Some("the links lead in a circle: build the layer again, with the real path of the entry")
            }
            Self::LinkTargetMissing { .. }
            | Self::LinkToFolder { .. }
            | Self::ThroughFile { .. }
            | Self::RootNotFolder => Some("the layer was made by a faulty builder: build and push it again"),
            Self::System(cause) => system_hint(cause),
        }
    }
}

fn system_hint(cause: &io::Error) -> Option<&'static str> {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("the worker's disk is full: free or add space, or get fewer large images at once")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("the destination is mounted read-only: pass a folder that can be written")
        }
        io::ErrorKind::PermissionDenied => {
            Some("the destination must be a folder that this user may write to")
        }
        io::ErrorKind::InvalidInput => Some(
            "an owner of the image may not exist in this user namespace: map at least 65536 users and groups",
        ),
        _ => None,
    }
}
