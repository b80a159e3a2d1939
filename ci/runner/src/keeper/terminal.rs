//! A terminal for a process that nobody types to.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, OutputModes, Winsize, tcgetattr, tcsetattr, tcsetwinsize};
use tokio::io::unix::AsyncFd;

/// How large the terminal says it is, in characters; Concourse says the same.
const SIZE: u16 = 500;

/// Our end of a terminal.
pub(super) struct Terminal {
    ours: AsyncFd<OwnedFd>,
}

impl Terminal {
    /// Makes a terminal. Returns our end and that of the process.
    ///
    /// A runtime has another terminal for its container, and relays. What it relays must come as it is from the start:
    /// line endings that both terminals make long would stay so.
    pub(super) fn open(is_relay: bool) -> io::Result<(Self, OwnedFd)> {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let name = ptsname(&ours, Vec::new())?;
        let theirs = rustix::fs::open(
            name.as_c_str(),
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        if is_relay {
            let mut attributes = tcgetattr(&theirs)?;
            attributes.make_raw();
            // Runtimes switch the processing of output on again; nothing of it must be left to do.
            attributes.output_modes.remove(OutputModes::ONLCR);
            tcsetattr(&theirs, OptionalActions::Now, &attributes)?;
        }
        tcsetwinsize(&theirs, Winsize { ws_row: SIZE, ws_col: SIZE, ws_xpixel: 0, ws_ypixel: 0 })?;
        rustix::fs::fcntl_setfl(&ours, OFlags::RDWR | OFlags::NONBLOCK)?;
        // SAFETY: nobody else has this descriptor, which is closed only after it is let go.
        let ours = unsafe { AsyncFd::register(ours) }?;
        Ok((Self { ours }, theirs))
    }

    /// Reads what was printed. Nothing means that nobody has the other end any more.
    pub(super) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.ours.readable().await?;
            match ready.try_io(|ours| read_what_is_there(ours.get_ref(), buffer)) {
                Ok(Err(error)) if error.raw_os_error() == Some(libc::EIO) => return Ok(0),
                Ok(read) => return read,
                Err(_would_block) => {}
            }
        }
    }
}

/// Fills the buffer as far as it goes: a terminal gives little at a time.
fn read_what_is_there(terminal: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match rustix::io::read(&terminal, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            // What is wrong is wrong the next time too.
            Err(_) if filled > 0 => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}
