//! Where an archive's bytes come from.

use std::convert::Infallible;
use std::io::{self, Read};

use bytes::Bytes;

/// A stream of bytes in pieces of any size.
pub trait Source {
    /// Why the stream can break off.
    type Error;

    /// Returns the next piece, or `None` at the end, after which it is not called again.
    ///
    /// # Errors
    /// When the stream broke off.
    fn piece(&mut self) -> Result<Option<Bytes>, Self::Error>;
}

/// Returns a source that hands out `pieces`.
pub fn pieces(pieces: impl IntoIterator<Item = Bytes>) -> impl Source<Error = Infallible> {
    Pieces(pieces.into_iter())
}

struct Pieces<I>(I);

impl<I: Iterator<Item = Bytes>> Source for Pieces<I> {
    type Error = Infallible;

    fn piece(&mut self) -> Result<Option<Bytes>, Infallible> {
        Ok(self.0.next())
    }
}

/// A source that reads a file, or anything else that can be read.
#[derive(Debug)]
pub struct ReadSource<R>(R);

/// How much is asked for at once.
const PIECE: usize = 128 * 1024;

impl<R: Read> ReadSource<R> {
    /// Returns a source that reads `reader`, which needs no buffer of its own.
    pub fn new(reader: R) -> Self {
        Self(reader)
    }
}

impl<R: Read> Source for ReadSource<R> {
    type Error = io::Error;

    fn piece(&mut self) -> io::Result<Option<Bytes>> {
        let mut piece = vec![0; PIECE];
        loop {
            match self.0.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(length) => {
                    piece.truncate(length);
                    return Ok(Some(piece.into()));
                }
                Err(problem) if problem.kind() == io::ErrorKind::Interrupted => {}
                Err(problem) => return Err(problem),
            }
        }
    }
}
