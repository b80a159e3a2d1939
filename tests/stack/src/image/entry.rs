//! One entry of a layer, written byte for byte as the test says: archives of attackers are not made with `tar`.

use tar::{EntryType, Header};

/// Names longer than this do not fit a header and precede it as a GNU long name.
const HEADER_NAME_BYTES: usize = 100;
const BLOCK_BYTES: usize = 512;

/// An entry of a layer.
#[derive(Clone, Debug)]
pub struct Entry {
    kind: EntryType,
    path: Vec<u8>,
    target: Vec<u8>,
    content: Vec<u8>,
    mode: u32,
    owner: (u64, u64),
    modified: u64,
    device: (u32, u32),
    extensions: Vec<(String, Vec<u8>)>,
}

impl Entry {
    /// A regular file, mode 0644, of root, modified at second 1 of 1970.
    pub fn file(path: impl AsRef<[u8]>, content: impl Into<Vec<u8>>) -> Self {
        Self { content: content.into(), ..Self::new(EntryType::Regular, path) }
    }

    /// A directory, mode 0755.
    pub fn directory(path: impl AsRef<[u8]>) -> Self {
        Self::new(EntryType::Directory, path).mode(0o755)
    }

    /// A symbolic link, mode 0777.
    pub fn symlink(path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self { target: target.as_ref().to_vec(), ..Self::new(EntryType::Symlink, path).mode(0o777) }
    }

    /// A hard link to an entry before it.
    pub fn hard_link(path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self { target: target.as_ref().to_vec(), ..Self::new(EntryType::Link, path) }
    }

    /// A character device.
    pub fn character_device(path: impl AsRef<[u8]>, major: u32, minor: u32) -> Self {
        Self { device: (major, minor), ..Self::new(EntryType::Char, path) }
    }

    /// A named pipe.
    pub fn pipe(path: impl AsRef<[u8]>) -> Self {
        Self::new(EntryType::Fifo, path)
    }

    /// An entry of any kind, also of one that no archive should have.
    pub fn new(kind: EntryType, path: impl AsRef<[u8]>) -> Self {
        Self {
            kind,
            path: path.as_ref().to_vec(),
            target: Vec::new(),
            content: Vec::new(),
            mode: 0o644,
            owner: (0, 0),
            modified: 1,
            device: (0, 0),
            extensions: Vec::new(),
        }
    }

    /// Sets the permission bits, those for setuid, setgid and sticky included.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the owner.
    pub fn owner(mut self, user: u64, group: u64) -> Self {
        self.owner = (user, group);
        self
    }

    /// Sets the time of modification, in seconds since 1970.
    pub fn modified(mut self, seconds: u64) -> Self {
        self.modified = seconds;
        self
    }

    /// Adds an extended attribute.
    pub fn xattr(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.extension(&format!("SCHILY.xattr.{name}"), value)
    }

    /// Adds a PAX record, such as `path` or `mtime`, which counts for more than the header's field.
    pub fn extension(mut self, key: &str, value: impl Into<Vec<u8>>) -> Self {
        self.extensions.push((key.into(), value.into()));
        self
    }

    /// Appends the entry to an archive.
    pub(super) fn write_to(&self, archive: &mut Vec<u8>) {
        if !self.extensions.is_empty() {
            let records: Vec<u8> =
                self.extensions.iter().flat_map(|(key, value)| pax_record(key, value)).collect();
            write_member(archive, EntryType::XHeader, b"PaxHeaders/extensions", &records);
        }
        if self.path.len() > HEADER_NAME_BYTES {
            write_member(archive, EntryType::GNULongName, b"././@LongLink", &terminated(&self.path));
        }
        if self.target.len() > HEADER_NAME_BYTES {
            write_member(archive, EntryType::GNULongLink, b"././@LongLink", &terminated(&self.target));
        }
        let mut header = header(self.kind, &self.path, self.content.len());
        header.set_mode(self.mode);
        header.set_uid(self.owner.0);
        header.set_gid(self.owner.1);
        header.set_mtime(self.modified);
        fill(&mut header.as_old_mut().linkname, &self.target);
        header.set_device_major(self.device.0).expect("GNU headers have devices");
        header.set_device_minor(self.device.1).expect("GNU headers have devices");
        write_block(archive, header, &self.content);
    }
}

fn write_member(archive: &mut Vec<u8>, kind: EntryType, name: &[u8], content: &[u8]) {
    write_block(archive, header(kind, name, content.len()), content);
}

fn header(kind: EntryType, name: &[u8], size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    fill(&mut header.as_old_mut().name, name);
    header
}

fn write_block(archive: &mut Vec<u8>, mut header: Header, content: &[u8]) {
    header.set_cksum();
    archive.extend_from_slice(header.as_bytes());
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(BLOCK_BYTES), 0);
}

/// Copies what fits, bytes as they are: the library's own setters refuse `..` and absolute names.
fn fill(field: &mut [u8], bytes: &[u8]) {
    let length = bytes.len().min(field.len());
    field[..length].copy_from_slice(&bytes[..length]);
}

fn terminated(bytes: &[u8]) -> Vec<u8> {
    [bytes, b"\0"].concat()
}

/// A PAX record, `<length> <key>=<value>\n`, where the length counts its own digits.
fn pax_record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn entries_are_read_back_as_written() {
        let long = "long/".repeat(40);
        let entries = [
            Entry::file("../etc/passwd", "up and out").mode(0o4755).owner(1000, 100_000).modified(77),
            Entry::file(&long, "a long name"),
            Entry::symlink("link", format!("/{long}")),
            Entry::hard_link("hard", "../etc/passwd"),
            Entry::file(b"not-\xff-utf8", ""),
        ];
        let mut bytes = Vec::new();
        entries.iter().for_each(|entry| entry.write_to(&mut bytes));
        bytes.extend([0; 1024]);

        let mut archive = tar::Archive::new(bytes.as_slice());
        for (written, read) in entries.iter().zip(archive.entries().unwrap()) {
            let mut read = read.unwrap();
            assert_eq!(read.path_bytes(), written.path);
            assert_eq!(read.link_name_bytes().unwrap_or_default(), written.target);
            assert_eq!(read.header().entry_type(), written.kind);
            assert_eq!(read.header().mode().unwrap(), written.mode);
            assert_eq!((read.header().uid().unwrap(), read.header().gid().unwrap()), written.owner);
            let mut content = Vec::new();
            read.read_to_end(&mut content).unwrap();
            assert_eq!(content, written.content);
        }
    }

    #[test]
    fn pax_records_count_their_own_length() {
        for (value, expected) in [("1", "8 key=1\n"), ("12", "9 key=12\n"), ("123", "11 key=123\n")] {
            assert_eq!(pax_record("key", value.as_bytes()), expected.as_bytes(), "{value}");
        }
    }
}
