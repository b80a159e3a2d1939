//! Extended headers in the pax format: records of `length key=value\n` (POSIX.1-2001, pax interchange format).

use super::{ModificationTime, number};

/// What an extended header says about the next member. Keys that say nothing about its files are passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extended {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) user: Option<u64>,
    pub(super) group: Option<u64>,
    pub(super) modified: Option<ModificationTime>,
    pub(super) xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether the member is a sparse file in one of GNU tar's pax forms.
    pub(super) sparse: bool,
}

/// Prefix of the keys that hold extended attributes, as GNU tar, star, Go and libarchive write them.
const XATTR: &[u8] = b"SCHILY.xattr.";

impl Extended {
    /// Adds the records of one header; later ones win. `None` if they are malformed.
    pub(super) fn add(&mut self, mut records: &[u8]) -> Option<()> {
        while !records.is_empty() {
            let (key, value, rest) = record(records)?;
            self.set(key, value)?;
            records = rest;
        }
        Some(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        // An empty value takes an earlier record back.
        let given = !value.is_empty();
        match key {
            b"path" => self.path = given.then(|| value.to_vec()),
            b"linkpath" => self.link = given.then(|| value.to_vec()),
            b"size" => self.size = optional(value, number::decimal)?,
            b"uid" => self.user = optional(value, number::decimal)?,
            b"gid" => self.group = optional(value, number::decimal)?,
            b"mtime" => self.modified = optional(value, number::seconds)?,
            _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {
                if let Some(name) = key.strip_prefix(XATTR) {
                    self.set_xattr(name, value);
                }
            }
        }
        Some(())
    }

    fn set_xattr(&mut self, name: &[u8], value: &[u8]) {
        match self.xattrs.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value.to_vec(),
            None => self.xattrs.push((name.to_vec(), value.to_vec())),
        }
    }
}

/// Reads a value that may be empty: `Some(None)` then, `None` if it can't be read.
fn optional<T>(value: &[u8], read: impl FnOnce(&[u8]) -> Option<T>) -> Option<Option<T>> {
    if value.is_empty() { Some(None) } else { read(value).map(Some) }
}

/// Splits the first record off: key, value, and what follows. The length counts the whole record, itself included.
fn record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = records.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(number::decimal(&records[..blank])?).ok()?;
    let content = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = content.iter().position(|byte| *byte == b'=')?;
    Some((&content[..equals], &content[equals + 1..], &records[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(records: &[u8]) -> Option<Extended> {
        let mut extended = Extended::default();
        extended.add(records).map(|()| extended)
    }

    #[test]
    fn records_are_read() {
        let records =
            b"14 path=a\nb=\xff\n26 SCHILY.xattr.user.x=\0\n\n11 size=77\n11 mtime=1\n12 comment=\n";
        let expected = Extended {
            path: Some(b"a\nb=\xff".to_vec()),
            size: Some(77),
            modified: Some(ModificationTime { seconds: 1, nanoseconds: 0 }),
            xattrs: vec![(b"user.x".to_vec(), b"\0\n".to_vec())],
            ..Extended::default()
        };
        assert_eq!(read(records), Some(expected));
    }

    #[test]
    fn later_records_win_and_empty_ones_take_back() {
        assert_eq!(read(b"9 path=a\n9 path=b\n").unwrap().path, Some(b"b".to_vec()));
        assert_eq!(read(b"9 path=a\n8 path=\n").unwrap().path, None);
    }

    #[test]
    fn malformed_records_are_refused() {
        let cases: [&[u8]; 9] = [
            b"x path=a\n",
            b"99 path=a\n",
            b"8 path=a\n",
            b"9 path=a ",
            b"9 path:a\n",
            b"-9 path=a\n",
            b"12 size=x1\n",
            b"1 \n",
            b"no blank",
        ];
        for records in cases {
            assert_eq!(read(records), None, "{}", String::from_utf8_lossy(records));
        }
    }
}
