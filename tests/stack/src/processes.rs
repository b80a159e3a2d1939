//! Processes of this machine, as a test looks for those that must be gone.

use std::fs;
use std::path::PathBuf;

/// Returns the ids of processes that have a word in their command line or environment.
pub fn processes_with(word: &str) -> Vec<u32> {
    let has_word = |folder: PathBuf| {
        let read = |file: &str| fs::read(folder.join(file)).unwrap_or_default();
        let all = [read("cmdline"), read("environ")].concat();
        all.windows(word.len()).any(|window| window == word.as_bytes())
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())));
    ids.filter(|(_, folder)| has_word(folder.clone())).map(|(id, _)| id).collect()
}

/// Returns the ids of the processes that a process started and that still run.
pub fn children_of(process: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent_of(*id) == Some(process)).collect()
}

/// The second field after the name, which may hold anything, also parentheses.
fn parent_of(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
