//! Shows quayside at work, on real servers of this machine. Run by `./ci/demo`.

mod narrator;
mod program;
mod resource;
mod scenes;

use std::process::ExitCode;
use std::time::Instant;

use narrator::Narrator;

/// `demo` plays all scenes; `demo image` that one; `demo --sweep` removes what an interrupted one left.
fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted == ["--sweep"] {
        // Making a folder sweeps those of processes that are gone.
        drop(stack::Folder::new("sweep"));
        return ExitCode::SUCCESS;
    }
    let started = Instant::now();
    let narrator = Narrator;
    for (name, scene) in scenes::ALL {
        if !wanted.is_empty() && !wanted.iter().any(|word| word == name) {
            continue;
        }
        if let Err(problem) = scene(&narrator) {
            narrator.failed(name, &problem);
            return ExitCode::FAILURE;
        }
    }
    narrator.end(started.elapsed());
    ExitCode::SUCCESS
}
