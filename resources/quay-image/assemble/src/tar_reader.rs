//! A layer's archive, made while it is read.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use crate::header::{self, BLOCK};
use crate::tree::{Entry, Identity, Kind};
use crate::{AssembleError, Owner, SourceDate};

/// Reads the archive of some entries. Files are opened one after the other, as their turn comes.
pub(crate) struct TarReader {
    entries: Arc<[Entry]>,
    owner: Owner,
    time: SourceDate,
    /// The entry whose header comes next.
    next: usize,
    part: Part,
}

enum Part {
    /// A header, with the entry whose content follows, if it has any.
    Header(Cursor<Vec<u8>>, Option<usize>),
    /// What is left of a file.
    Content { entry: usize, file: File, left: u64 },
    /// Zeros up to the next block.
    Padding(usize),
    /// Zeros at the end of the archive.
    End(usize),
}

impl TarReader {
    pub(crate) fn new(entries: Arc<[Entry]>, owner: Owner, time: SourceDate) -> Self {
        Self { entries, owner, time, next: 0, part: Part::Padding(0) }
    }

    /// Returns what follows a part that is used up.
    fn following(&mut self) -> io::Result<Part> {
        match &self.part {
            Part::Header(_, Some(entry)) => self.open(*entry),
            Part::Content { entry, file, .. } => {
                let entry = &self.entries[*entry];
                check(entry, file)?;
                let size = usize::try_from(size(entry) % BLOCK as u64).unwrap_or_default();
                Ok(Part::Padding(size.next_multiple_of(BLOCK) - size))
            }
            Part::Header(_, None) | Part::Padding(_) => Ok(self.header()),
            Part::End(_) => Ok(Part::End(0)),
        }
    }

    fn header(&mut self) -> Part {
        let Some(entry) = self.entries.get(self.next) else { return Part::End(2 * BLOCK) };
        let content = (size(entry) > 0).then_some(self.next);
        let blocks = header::blocks(entry, self.owner, self.time);
        self.next += 1;
        Part::Header(Cursor::new(blocks), content)
    }

    /// Opens a file. What took its place since the folder was listed is neither followed nor waited for.
    fn open(&self, number: usize) -> io::Result<Part> {
        let entry = &self.entries[number];
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = rustix::fs::open(&entry.path, flags, Mode::empty()).map(File::from);
        let file = file.map_err(|cause| match cause {
            rustix::io::Errno::LOOP | rustix::io::Errno::NOENT | rustix::io::Errno::NXIO => changed(entry),
            cause => io::Error::other(AssembleError::Read { path: entry.path.clone(), cause: cause.into() }),
        })?;
        check(entry, &file)?;
        Ok(Part::Content { entry: number, file, left: size(entry) })
    }
}

impl Read for TarReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = match &mut self.part {
                Part::Header(bytes, _) => bytes.read(buffer)?,
                Part::Padding(left) | Part::End(left) => zeros(buffer, left),
                Part::Content { entry, file, left } => {
                    let most = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                    let entry = &self.entries[*entry];
                    let read = file.read(&mut buffer[..most]).map_err(|cause| {
                        io::Error::other(AssembleError::Read { path: entry.path.clone(), cause })
                    })?;
                    if read == 0 && *left > 0 {
                        return Err(changed(entry));
                    }
                    *left -= read as u64;
                    read
                }
            };
            if count > 0 || matches!(self.part, Part::End(_)) {
                return Ok(count);
            }
            self.part = self.following()?;
        }
    }
}

fn zeros(buffer: &mut [u8], left: &mut usize) -> usize {
    let count = buffer.len().min(*left);
    buffer[..count].fill(0);
    *left -= count;
    count
}

fn size(entry: &Entry) -> u64 {
    match &entry.kind {
        Kind::File(identity) => identity.size,
        Kind::Folder | Kind::Link(_) => 0,
    }
}

fn check(entry: &Entry, file: &File) -> io::Result<()> {
    match &entry.kind {
        Kind::File(identity) if *identity == Identity::of(&file.metadata()?) => Ok(()),
        _ => Err(changed(entry)),
    }
}

fn changed(entry: &Entry) -> io::Error {
    io::Error::other(AssembleError::Changed { path: entry.path.clone() })
}
