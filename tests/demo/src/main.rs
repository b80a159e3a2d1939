//! Shows quayside at work, on real servers of this machine. Run by `./ci/demo`.

mod narrator;
mod program;
mod resource;
mod scenes;
mod supervisor;

use std::process::ExitCode;
use std::time::Instant;

use narrator::Narrator;

/// `demo` plays all scenes, `demo image` that one: in a process of its own, which this one watches over.
fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == supervisor::PLAY) {
        words.remove(0);
        return play(&words);
    }
    let known = |word: &&String| scenes::ALL.iter().any(|(name, _)| name == word);
    if let Some(unknown) = words.iter().find(|word| !known(word)) {
        let names: Vec<&str> = scenes::ALL.iter().map(|(name, _)| *name).collect();
        Narrator.failed(unknown, &format!("there is none; known are {}", names.join(", ")));
        return ExitCode::from(2);
    }
    supervisor::supervise(&words)
}

fn play(wanted: &[String]) -> ExitCode {
    let narrator = Narrator;
    let mut played = Vec::new();
    for (name, scene) in scenes::ALL {
        if !wanted.is_empty() && !wanted.iter().any(|word| word == name) {
            continue;
        }
        let started = Instant::now();
        if let Err(problem) = scene(&narrator) {
            narrator.failed(name, &problem);
            return ExitCode::FAILURE;
        }
        played.push((name, started.elapsed()));
    }
    narrator.end(&played);
    ExitCode::SUCCESS
}
