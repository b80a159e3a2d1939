//! What a process prints, and what it answers.

use std::io;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin};
use tokio::time::timeout;

use super::terminal::Terminal;
use crate::console::Console;

/// After this long without anything new, the start of a line is shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// How much a resource may answer, in bytes.
const MAX_ANSWER_BYTES: u64 = 16 * 1024 * 1024;
/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Something that is read to its end.
pub(super) trait Output {
    /// Reads what there is; nothing is the end.
    fn read<'read>(&'read mut self, buffer: &'read mut [u8]) -> LocalBoxFuture<'read, io::Result<usize>>;
}

impl Output for Terminal {
    fn read<'read>(&'read mut self, buffer: &'read mut [u8]) -> LocalBoxFuture<'read, io::Result<usize>> {
        Box::pin(Terminal::read(self, buffer))
    }
}

impl Output for ChildStderr {
    fn read<'read>(&'read mut self, buffer: &'read mut [u8]) -> LocalBoxFuture<'read, io::Result<usize>> {
        Box::pin(AsyncReadExt::read(self, buffer))
    }
}

/// Shows what comes, line by line, until there is nothing more.
pub(super) async fn show(mut output: Box<dyn Output>, console: &Console) {
    let mut buffer = vec![0; PIECE];
    let mut endings = LineEndings::default();
    loop {
        match timeout(PATIENCE, output.read(&mut buffer)).await {
            Err(_nothing_new) => console.flush_part(),
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(read)) => console.write(&endings.plain(&buffer[..read])),
        }
    }
    console.flush();
}

/// Turns the line endings of a terminal, which are two characters, into one.
#[derive(Debug, Default)]
struct LineEndings {
    /// Whether a carriage return came last, which may be the first half of an ending.
    is_halfway: bool,
}

impl LineEndings {
    fn plain(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::with_capacity(bytes.len() + 1);
        for byte in bytes {
            if self.is_halfway && *byte != b'\n' {
                plain.push(b'\r');
            }
            self.is_halfway = *byte == b'\r';
            if !self.is_halfway {
                plain.push(*byte);
            }
        }
        plain
    }
}

/// Reads a process's answer to its end; a terminal gives none.
pub(super) async fn read_answer(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let Some(mut pipe) = pipe else { return Ok(answer) };
    (&mut pipe).take(MAX_ANSWER_BYTES + 1).read_to_end(&mut answer).await?;
    if answer.len() as u64 <= MAX_ANSWER_BYTES {
        return Ok(answer);
    }
    // The process must be able to go on writing, or it would never end.
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Err(io::Error::other(format!("more than {MAX_ANSWER_BYTES} bytes")))
}

/// Gives a process its input.
pub(super) async fn feed(input: Option<(ChildStdin, Vec<u8>)>) {
    if let Some((mut pipe, input)) = input {
        // A process need not read its input to the end.
        let _unread = pipe.write_all(&input).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_are_made_plain_wherever_they_are_cut() {
        let cases: [(&[&str], &str); 5] = [
            (&["a\r\nb"], "a\nb"),
            (&["a\r", "\nb"], "a\nb"),
            (&["50%\r", "51%\r\n"], "50%\r51%\n"),
            (&["a\r\r\n"], "a\r\n"),
            (&["a\nb"], "a\nb"),
        ];
        for (pieces, expected) in cases {
            let mut endings = LineEndings::default();
            let plain: Vec<u8> = pieces.iter().flat_map(|piece| endings.plain(piece.as_bytes())).collect();
            assert_eq!(String::from_utf8(plain).unwrap(), expected, "{pieces:?}");
        }
    }
}
