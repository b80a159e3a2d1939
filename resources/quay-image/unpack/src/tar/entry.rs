//! What an archive says about one of its members.

/// One member of an archive, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name as it stands in the archive. Never empty, and without NUL bytes.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// The length of the content in bytes; zero for all but files.
    pub size: u64,
    /// Permissions with set-user-ID, set-group-ID and sticky bit, at most `0o7777`.
    pub mode: u32,
    /// The owner's number.
    pub user: u32,
    /// The group's number.
    pub group: u32,
    /// When the content was last changed.
    pub modified: ModificationTime,
    /// Extended attributes: names and values.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The kinds of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link and where it points, as it stands in the archive.
    Symlink(Vec<u8>),
    /// Another name of an earlier member (or, in a layer, of a member of a lower one).
    HardLink(Vec<u8>),
    /// A named pipe.
    Fifo,
    /// A character or block device.
    Device,
}

/// A time with nanoseconds, counted from 1970; earlier times have negative seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModificationTime {
    /// Whole seconds.
    pub seconds: i64,
    /// Nanoseconds after them, less than a billion.
    pub nanoseconds: u32,
}
