//! What every user of the machine can read of a process while it runs.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use stack::{Fault, FaultProxy, On};

/// The command lines and environments of all processes, as they were whenever a proxy was asked something.
#[derive(Clone, Default)]
pub(crate) struct Processes(Arc<Mutex<String>>);

impl Processes {
    /// Looks at the processes at each request that comes to `proxy` from now on.
    pub(crate) fn watch(proxy: &FaultProxy) -> Self {
        let seen = Self::default();
        let (mine, tests) = (seen.clone(), std::process::id().to_string());
        let look = move |_: &http::request::Parts| {
            let mut texts = mine.0.lock().unwrap_or_else(PoisonError::into_inner);
            for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
                // Environments of the tests' own helpers (cosign's password) are none of the program's.
                if fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe.ends_with("quay-image"))
                    && process.file_name() != tests.as_str()
                {
                    for name in ["cmdline", "environ"] {
                        let text = fs::read(process.path().join(name)).unwrap_or_default();
                        texts.push_str(&String::from_utf8_lossy(&text).replace('\0', "\n"));
                    }
                }
            }
            false
        };
        // Never fulfilled, so that no request meets the fault.
        proxy.inject(On::any().when(look), Fault::HangUp);
        seen
    }

    /// Returns what was seen.
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
