//! Why an archive can't be read.

/// What is wrong with an archive's format.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The stream ended within a header or a member's content.
    #[error("the archive is cut off at byte {offset}")]
    CutOff {
        /// How many bytes there were.
        offset: u64,
    },
    /// A header's sum is wrong: no tar archive, or a damaged one.
    #[error("no tar header at byte {offset}")]
    NoHeader {
        /// Where the header should be.
        offset: u64,
    },
    /// A number in a header can't be read or is out of range.
    #[error("the {field} of `{path}` is not a number that makes sense there")]
    Number {
        /// Which number.
        field: &'static str,
        /// The member's name.
        path: String,
    },
    /// An extended header does not follow its own format.
    #[error("malformed extended header at byte {offset}")]
    ExtendedHeader {
        /// Where the header is.
        offset: u64,
    },
    /// An extended header or long name that is larger than any sense it could make.
    #[error("an extended header of {size} bytes at byte {offset}: at most {limit} are read")]
    ExtendedHeaderTooLarge {
        /// Where the header is.
        offset: u64,
        /// Its size in bytes.
        size: u64,
        /// The most that is read.
        limit: u64,
    },
    /// A member without a name, or with a NUL byte in its name or link.
    #[error("a member without a proper name at byte {offset}")]
    Name {
        /// Where its header is.
        offset: u64,
    },
    /// A kind of member that is not read.
    #[error("`{path}` is {kind}, which is not supported")]
    Unsupported {
        /// The member's name.
        path: String,
        /// What it is.
        kind: String,
    },
}

/// Why the next member or piece can't be read: the stream itself failed, or what it holds is no good archive.
#[derive(Debug, thiserror::Error)]
pub enum ReadError<E> {
    /// The source failed.
    #[error(transparent)]
    Source(E),
    /// The archive's format is wrong.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}
