//! The reader: from blocks to members.

use bytes::{Buf, Bytes};

use super::header::{BLOCK, Header};
use super::pax::Extended;
use super::{ArchiveError, Entry, Kind, ModificationTime, ReadError, Source};

/// The most bytes of an extended header or a long name that are read. Go's reader has the same limit.
const MOST_EXTENDED: u64 = 1024 * 1024;

/// Reads the members of an archive one after the other.
pub struct Reader<S> {
    source: S,
    /// What is left of the last piece.
    piece: Bytes,
    offset: u64,
    /// How much of the current member's content has not been handed out, and the padding after it.
    content: u64,
    padding: u64,
    ended: bool,
}

type Result<T, S> = std::result::Result<T, ReadError<<S as Source>::Error>>;

/// Headers that describe the next member.
#[derive(Default, PartialEq)]
struct Before {
    extended: Extended,
    long_path: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

impl Before {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl<S: Source> Reader<S> {
    /// Returns a reader of the archive in `source`.
    pub fn new(source: S) -> Self {
        Self { source, piece: Bytes::new(), offset: 0, content: 0, padding: 0, ended: false }
    }

    /// Returns the source, in which there may be more bytes after the archive's end.
    pub fn into_source(self) -> S {
        self.source
    }

    /// Returns where in the archive the reader stands: right after [`Reader::next_entry`], the start of the content.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the next member, after what is left of the current one's content; `None` at the archive's end.
    ///
    /// The end is two blocks of zeros, or the end of the stream in a header's place, as some programs leave it.
    ///
    /// # Errors
    /// When the source fails, the archive is cut off, or its format is wrong.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, S> {
        if self.ended {
            return Ok(None);
        }
        let mut before = Before::default();
        loop {
            self.skip_content()?;
            let start = self.offset;
            let Some(block) = self.header_block()? else {
                self.ended = true;
                return if before.is_empty() {
                    Ok(None)
                } else {
                    Err(ArchiveError::CutOff { offset: start }.into())
                };
            };
            let header = Header::verify(&block).ok_or(ArchiveError::NoHeader { offset: start })?;
            match header.type_flag() {
                b'L' => before.long_path = Some(self.long_name(&header, start)?),
                b'K' => before.long_link = Some(self.long_name(&header, start)?),
                b'x' => self.extended(&header, start, &mut before.extended)?,
                // Defaults for all members that follow. Go's reader, and so Docker, doesn't apply them either.
                b'g' => drop(self.special(&header, start)?),
                _ => {
                    let entry = describe(&header, before, start)?;
                    self.content = entry.size;
                    self.padding = padding(entry.size);
                    return Ok(Some(entry));
                }
            }
        }
    }

    /// Returns the next piece of the current member's content, or `None` when it is complete.
    ///
    /// # Errors
    /// When the source fails or the archive is cut off.
    pub fn content(&mut self) -> Result<Option<Bytes>, S> {
        if self.content == 0 {
            return Ok(None);
        }
        let piece = self.take(self.content)?;
        self.content -= piece.len() as u64;
        Ok(Some(piece))
    }

    fn skip_content(&mut self) -> Result<(), S> {
        while self.content > 0 {
            self.content()?;
        }
        while self.padding > 0 {
            let skipped = self.take(self.padding)?.len() as u64;
            self.padding -= skipped;
        }
        Ok(())
    }

    /// Returns the next header, or `None` at the end of the archive.
    fn header_block(&mut self) -> Result<Option<[u8; BLOCK]>, S> {
        for _ in 0..2 {
            if !self.fill()? {
                return Ok(None);
            }
            let block = self.block()?;
            if block.iter().any(|byte| *byte != 0) {
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    fn block(&mut self) -> Result<[u8; BLOCK], S> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            let piece = self.take((BLOCK - filled) as u64)?;
            block[filled..filled + piece.len()].copy_from_slice(&piece);
            filled += piece.len();
        }
        Ok(block)
    }

    /// Splits up to `most` bytes, and at least one, off the stream.
    fn take(&mut self, most: u64) -> Result<Bytes, S> {
        if !self.fill()? {
            return Err(ArchiveError::CutOff { offset: self.offset }.into());
        }
        let length = usize::try_from(most).map_or(self.piece.len(), |most| most.min(self.piece.len()));
        self.offset += length as u64;
        Ok(self.piece.split_to(length))
    }

    /// Has at least a byte at hand, and tells whether there is one.
    fn fill(&mut self) -> Result<bool, S> {
        while !self.piece.has_remaining() {
            match self.source.piece().map_err(ReadError::Source)? {
                Some(piece) => self.piece = piece,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn long_name(&mut self, header: &Header<'_>, start: u64) -> Result<Vec<u8>, S> {
        let mut name = self.special(header, start)?;
        // GNU tar ends the name with a NUL.
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        name.truncate(end);
        Ok(name)
    }

    fn extended(&mut self, header: &Header<'_>, start: u64, into: &mut Extended) -> Result<(), S> {
        let records = self.special(header, start)?;
        into.add(&records).ok_or(ArchiveError::ExtendedHeader { offset: start })?;
        Ok(())
    }

    /// Reads the content of a header that describes other members.
    fn special(&mut self, header: &Header<'_>, start: u64) -> Result<Vec<u8>, S> {
        let size = header.size().and_then(|size| u64::try_from(size).ok());
        let size = size.ok_or(ArchiveError::ExtendedHeader { offset: start })?;
        if size > MOST_EXTENDED {
            return Err(
                ArchiveError::ExtendedHeaderTooLarge { offset: start, size, limit: MOST_EXTENDED }.into()
            );
        }
        self.content = size;
        self.padding = padding(size);
        let mut bytes = Vec::new();
        while let Some(piece) = self.content()? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

fn padding(size: u64) -> u64 {
    let block = BLOCK as u64;
    (block - size % block) % block
}

/// Puts together what the header and those before it say about a member.
fn describe(header: &Header<'_>, before: Before, offset: u64) -> std::result::Result<Entry, ArchiveError> {
    let Before { extended, long_path, long_link } = before;
    let path = extended.path.or(long_path).unwrap_or_else(|| header.path());
    if path.is_empty() || path.contains(&0) {
        return Err(ArchiveError::Name { offset });
    }
    let link = extended.link.or(long_link).unwrap_or_else(|| header.link().to_vec());
    let unsupported = |kind: &str| ArchiveError::Unsupported { path: shown(&path), kind: kind.to_owned() };
    if extended.sparse {
        return Err(unsupported("a sparse file"));
    }
    let kind = match header.type_flag() {
        // Before there was a type for folders, they were told by their names.
        b'0' | 0 | b'7' if path.ends_with(b"/") => Kind::Folder,
        b'0' | 0 | b'7' => Kind::File,
        b'1' => Kind::HardLink(link),
        b'2' => Kind::Symlink(link),
        b'3' | b'4' => Kind::Device,
        b'5' => Kind::Folder,
        b'6' => Kind::Fifo,
        b'S' => return Err(unsupported("a sparse file")),
        other => return Err(unsupported(&format!("of type `{}`", other.escape_ascii()))),
    };
    if let Kind::HardLink(link) | Kind::Symlink(link) = &kind
        && (link.is_empty() || link.contains(&0))
    {
        return Err(ArchiveError::Name { offset });
    }
    let wrong = |field| ArchiveError::Number { field, path: shown(&path) };
    let number = |given: Option<i64>, field| given.ok_or_else(|| wrong(field));
    let size = match (&kind, extended.size) {
        (Kind::File, Some(size)) => size,
        (Kind::File, None) => u64::try_from(number(header.size(), "size")?).map_err(|_| wrong("size"))?,
        _ => 0,
    };
    let modified = match extended.modified {
        Some(modified) => modified,
        None => ModificationTime { seconds: number(header.modified(), "time")?, nanoseconds: 0 },
    };
    let mode = number(header.mode(), "mode")?;
    let user = owner(extended.user, header.user()).ok_or_else(|| wrong("owner"))?;
    let group = owner(extended.group, header.group()).ok_or_else(|| wrong("group"))?;
    let xattrs = extended.xattrs;
    Ok(Entry { kind, size, mode: (mode & 0o7777) as u32, user, group, modified, xattrs, path })
}

/// Returns an owner's number. All ones are none: system calls take it for "leave as it is".
fn owner(extended: Option<u64>, header: Option<i64>) -> Option<u32> {
    let number = match extended {
        Some(number) => u32::try_from(number).ok()?,
        None => u32::try_from(header?).ok()?,
    };
    (number != u32::MAX).then_some(number)
}

fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
