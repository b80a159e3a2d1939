//! Why an image can't be assembled.

use std::io;
use std::path::PathBuf;

/// Why an image can't be assembled.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// A file, folder or link can't be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// Something that has no place in an image.
    #[error("`{}` is {kind}, which an image cannot hold", path.display())]
    Special {
        /// Where it is.
        path: PathBuf,
        /// What it is, as in "a socket".
        kind: &'static str,
    },
    /// A name that would delete something of the layers below.
    #[error("`{}` has a name that means a deletion in a layer", path.display())]
    Whiteout {
        /// Where it is.
        path: PathBuf,
    },
    /// A file that isn't any more what it was when the folder was read.
    #[error("`{}` changed while it was read", path.display())]
    Changed {
        /// Where it is.
        path: PathBuf,
    },
    /// A single file that would have to be the root of the image.
    #[error("`{}` is a file, and a file needs a name in the image", path.display())]
    FileAsRoot {
        /// Where it is.
        path: PathBuf,
    },
    /// The base's configuration is no JSON object of the right shape.
    #[error("the base's {part} is malformed")]
    MalformedBase {
        /// Which part.
        part: &'static str,
    },
    /// The base contradicts itself.
    #[error("the base has {layers} layers, and its configuration names {diff_ids}")]
    UnevenBase {
        /// Layers of the manifest.
        layers: usize,
        /// Layers of the configuration.
        diff_ids: usize,
    },
}

impl AssembleError {
    /// Returns what to do about it, where that can be told.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Read { cause, .. } => match cause.kind() {
                io::ErrorKind::PermissionDenied => {
                    Some("let the step that makes it also make it readable, as by `chmod -R a+rX`")
                }
                _ => None,
            },
            Self::Special { .. } => {
                Some("remove it, or name a folder without it: such things are made where the image runs")
            }
            Self::Whiteout { .. } => Some("rename it: names that begin with `.wh.` delete what lies below"),
            Self::Changed { .. } => {
                Some("something still writes to it: let the step that makes it end first, then try again")
            }
            Self::FileAsRoot { .. } => Some("say where it goes with `to`, as in `/usr/local/bin/app`"),
            Self::MalformedBase { .. } | Self::UnevenBase { .. } => {
                Some("the base was made by a faulty builder: build or fetch it again")
            }
        }
    }
}
