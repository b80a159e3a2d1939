//! Names of entries, taken relative to the root.

use std::borrow::Borrow;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The longest name that the system takes, without the NUL that ends it (`PATH_MAX`).
const LONGEST_PATH: usize = 4095;
/// The longest part between two slashes (`NAME_MAX`).
const LONGEST_NAME: usize = 255;

/// The name of an entry below the root: parts without `.` and `..`, joined by single slashes. Empty for the root itself.
///
/// A leading slash is dropped, as container runtimes do: some builders (ko, old versions of kaniko) write absolute
/// names and mean the root of the image. `..` is refused even where it would stay inside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EntryPath(Vec<u8>);

/// Why a name can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// A part is `..`.
    #[error("it has `..` in it")]
    ParentFolder,
    /// It is longer than the system's names.
    #[error("it is {0} bytes long: at most 4095 are possible, and 255 between two slashes")]
    TooLong(usize),
    /// A whiteout that would remove the folder it stands in, or what is above it.
    #[error("it removes something outside its folder")]
    WhiteoutOutside,
}

/// What a layer says about lower ones by an entry with a special name (image specification, "Whiteouts").
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    /// `.wh.name`: what lower layers have under this name is removed.
    Removed(EntryPath),
    /// `.wh..wh..opq`: all that lower layers have in this folder is removed.
    Opaque(EntryPath),
    /// Another name that begins with `.wh..wh.`: bookkeeping of AUFS, with no meaning in an image.
    Internal,
}

const WHITEOUT: &[u8] = b".wh.";
const INTERNAL: &[u8] = b".wh..wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

impl EntryPath {
    /// Reads the name as it stands in an archive.
    pub(crate) fn parse(name: &[u8]) -> Result<Self, InvalidPath> {
        let mut path = Vec::with_capacity(name.len());
        for part in name.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => continue,
                b".." => return Err(InvalidPath::ParentFolder),
                _ if part.len() > LONGEST_NAME => return Err(InvalidPath::TooLong(part.len())),
                _ => {}
            }
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(part);
        }
        if path.len() > LONGEST_PATH { Err(InvalidPath::TooLong(path.len())) } else { Ok(Self(path)) }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the folder it stands in and its own name; `None` for the root.
    pub(crate) fn split(&self) -> Option<(&[u8], &[u8])> {
        match self.0.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => Some((&self.0[..slash], &self.0[slash + 1..])),
            None if self.is_root() => None,
            None => Some((b"", &self.0)),
        }
    }

    /// Tells whether this lies somewhere below `folder`.
    pub(crate) fn is_below(&self, folder: &Self) -> bool {
        let rest = self.0.strip_prefix(folder.as_bytes());
        rest.is_some_and(|rest| if folder.is_root() { !rest.is_empty() } else { rest.starts_with(b"/") })
    }

    /// Reads a whiteout's name.
    pub(crate) fn marker(&self) -> Result<Option<Marker>, InvalidPath> {
        let Some((folder, name)) = self.split() else { return Ok(None) };
        let Some(removed) = name.strip_prefix(WHITEOUT) else {
            let internal = folder.split(|byte| *byte == b'/').any(|part| part.starts_with(INTERNAL));
            return Ok(internal.then_some(Marker::Internal));
        };
        match removed {
            _ if name == OPAQUE => Ok(Some(Marker::Opaque(Self(folder.to_vec())))),
            _ if name.starts_with(INTERNAL) => Ok(Some(Marker::Internal)),
            b"" | b"." | b".." => Err(InvalidPath::WhiteoutOutside),
            _ => {
                let mut path = self.0[..self.0.len() - name.len()].to_vec();
                path.extend_from_slice(removed);
                Ok(Some(Marker::Removed(Self(path))))
            }
        }
    }
}

/// Returns the parts of a path; none for the empty one.
pub(crate) fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
}

/// Returns the path of the folder that something stands in; the empty one for what stands in the root.
pub(crate) fn folder_of(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(b"", |slash| &path[..slash])
}

impl Borrow<[u8]> for EntryPath {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

/// As people read it; bytes that are no UTF-8 are shown as replacement characters.
impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_root() {
            true => f.write_str("."),
            false => write!(f, "{}", Path::new(OsStr::from_bytes(&self.0)).display()),
        }
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> EntryPath {
        EntryPath::parse(name.as_bytes()).unwrap()
    }

    #[test]
    fn names_are_taken_relative_to_the_root() {
        let long_part = "x".repeat(256);
        let long_path = "abc/".repeat(1024);
        type Case<'a> = (&'a [u8], Result<&'a [u8], InvalidPath>);
        let cases: [Case<'_>; 14] = [
            (b"etc/passwd", Ok(b"etc/passwd")),
            (b"./etc//passwd/", Ok(b"etc/passwd")),
            (b"/etc/passwd", Ok(b"etc/passwd")),
            (b"//a/./b", Ok(b"a/b")),
            (b"./", Ok(b"")),
            (b"/", Ok(b"")),
            (b"..x/x..", Ok(b"..x/x..")),
            (b"caf\xe9", Ok(b"caf\xe9")),
            (b"..", Err(InvalidPath::ParentFolder)),
            (b"a/../b", Err(InvalidPath::ParentFolder)),
            (b"/../etc/passwd", Err(InvalidPath::ParentFolder)),
            (b"a/..", Err(InvalidPath::ParentFolder)),
            (long_part.as_bytes(), Err(InvalidPath::TooLong(256))),
            (long_path.as_bytes(), Ok(&long_path.as_bytes()[..4095])),
        ];
        for (name, expected) in cases {
            let read = EntryPath::parse(name);
            let shown = String::from_utf8_lossy(name);
            assert_eq!(
                read.as_ref().map(EntryPath::as_bytes),
                expected.as_ref().map(|path| *path),
                "{shown}"
            );
        }
        assert_eq!(EntryPath::parse("abcd/".repeat(820).as_bytes()), Err(InvalidPath::TooLong(4099)));
    }

    #[test]
    fn whiteouts_are_told_by_their_names() {
        let cases = [
            ("etc/passwd", Ok(None)),
            ("", Ok(None)),
            ("etc/.wh.passwd", Ok(Some(Marker::Removed(path("etc/passwd"))))),
            (".wh.etc", Ok(Some(Marker::Removed(path("etc"))))),
            ("etc/.wh..wh..opq", Ok(Some(Marker::Opaque(path("etc"))))),
            (".wh..wh..opq", Ok(Some(Marker::Opaque(path(""))))),
            (".wh..wh.aufs", Ok(Some(Marker::Internal))),
            (".wh..wh.plnk/1.2", Ok(Some(Marker::Internal))),
            ("etc/.wh...", Err(InvalidPath::WhiteoutOutside)),
            ("etc/.wh..", Err(InvalidPath::WhiteoutOutside)),
            ("etc/.wh.", Err(InvalidPath::WhiteoutOutside)),
            ("etc/.wh..hidden", Ok(Some(Marker::Removed(path("etc/.hidden"))))),
        ];
        for (name, expected) in cases {
            assert_eq!(path(name).marker(), expected, "{name}");
        }
    }

    #[test]
    fn being_below_is_a_matter_of_whole_parts() {
        let cases =
            [("a/b", "a", true), ("a/b", "", true), ("ab", "a", false), ("a", "a", false), ("", "", false)];
        for (inner, outer, expected) in cases {
            assert_eq!(path(inner).is_below(&path(outer)), expected, "{inner} below {outer}");
        }
    }
}
