//! Bytes in pieces of one size, whatever sizes they come in and are asked for in.

use std::io::{self, BufRead, Read};

/// How large a piece is.
const PIECE: usize = 128 * 1024;

/// Reads whole pieces: all have [`PIECE`] bytes but the last.
///
/// What zlib-rs makes of some bytes depends on the sizes of the buffers that it reads from and writes to. With a reader
/// like this on both sides, the same bytes are always compressed to the same.
pub(crate) struct Pieces<R> {
    reader: R,
    piece: Vec<u8>,
    /// What of the piece is still to be taken.
    start: usize,
    end: usize,
}

impl<R: Read> Pieces<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, piece: vec![0; PIECE], start: 0, end: 0 }
    }
}

impl<R: Read> BufRead for Pieces<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            while self.end < PIECE {
                match self.reader.read(&mut self.piece[self.end..])? {
                    0 => break,
                    count => self.end += count,
                }
            }
        }
        Ok(&self.piece[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }
}

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}
