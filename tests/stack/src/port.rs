//! Free loopback ports that no two tests get at once, also not those of two test processes.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpStream};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::address::address;
use crate::folder::shared_folder;

/// Below Linux's ephemeral ports (from 32768), so that no outgoing connection takes one between the look and the use.
const FIRST: usize = 20_000;
const COUNT: usize = 12_000;

/// A port kept for one server until it is dropped.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// Locked; the lock ends with the process, however it ends. The file itself stays: were it removed, a third process
    /// could lock a new one of that name while a second still holds the old one.
    _reservation: File,
}

impl Port {
    /// Finds and keeps a free port.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn reserve() -> Self {
        Self::find(Self::try_reserve)
    }

    /// Finds and keeps two free ports that follow each other, for servers that take the next one without being told.
    pub(crate) fn reserve_two() -> [Self; 2] {
        Self::find(|number| Some([Self::try_reserve(number)?, Self::try_reserve(number + 1)?]))
    }

    /// Tries numbers until one will do.
    fn find<T>(reserve: impl Fn(u16) -> Option<T>) -> T {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let start = process::id() as usize * 97;
        (0..COUNT)
            .map(|_| FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT)
            .find_map(|number| reserve(u16::try_from(number).expect("the range ends below 65536")))
            .unwrap_or_else(|| panic!("no free port between {FIRST} and {}", FIRST + COUNT))
    }

    fn try_reserve(number: u16) -> Option<Self> {
        let folder = shared_folder().join("ports");
        fs::create_dir_all(&folder)
            .unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
        let reservation = File::create(folder.join(number.to_string())).ok()?;
        let is_ours = reservation.try_lock().is_ok() && is_free(number);
        is_ours.then_some(Self { number, _reservation: reservation })
    }

    /// Returns its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

/// Tells whether nothing listens on a port.
///
/// Listening there oneself for a moment would tell too, but a child that is forked in that moment holds the port until
/// it runs its own program.
fn is_free(number: u16) -> bool {
    [Ipv4Addr::LOCALHOST, address()].iter().all(|address| TcpStream::connect((*address, number)).is_err())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn ports_are_free_and_distinct() {
        let ports: Vec<Port> = (0..20).map(|_| Port::reserve()).collect();
        let mut numbers: Vec<u16> = ports.iter().map(Port::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), ports.len());
        for port in &ports {
            TcpListener::bind(("127.0.0.1", port.number())).expect("a reserved port is free");
        }
    }
}
