//! Free loopback ports that no two tests get at once, also not those of two test processes.

use std::fs::{self, File};
use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::folder::shared_folder;

/// Below Linux's ephemeral ports (from 32768), so that no outgoing connection takes one between the look and the use.
const FIRST: usize = 20_000;
const COUNT: usize = 12_000;

/// A port kept for one server until it is dropped.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    /// Locked; the lock ends with the process, however it ends.
    _reservation: File,
}

impl Port {
    /// Finds and keeps a free port.
    pub(crate) fn reserve() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let folder = shared_folder().join("ports");
        fs::create_dir_all(&folder)
            .unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
        let start = process::id() as usize * 97;
        for _ in 0..COUNT {
            let number = FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
            let number = u16::try_from(number).expect("the range ends below 65536");
            let Ok(reservation) = File::create(folder.join(number.to_string())) else { continue };
            if reservation.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", number)).is_ok() {
                return Self { number, _reservation: reservation };
            }
        }
        panic!("no free port between {FIRST} and {}", FIRST + COUNT);
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
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
