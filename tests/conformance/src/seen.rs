//! What came of a run, in the same form from quayside and from Concourse.

use std::collections::BTreeMap;

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// How it ended.
    pub status: String,
    /// `task a`, in the order in which steps started.
    pub started: Vec<String>,
    /// `task a failed`, for each step that did something and ended.
    pub ended: Vec<String>,
    /// What steps printed, each line with its step: `task a | hello`.
    pub log: String,
    unfinished: BTreeMap<String, String>,
}

/// Steps that do something themselves.
const ACTING: &[&str] = &["get", "put", "task", "set_pipeline", "load_var", "run"];

impl Seen {
    /// Returns whether steps of a key do something themselves.
    pub(crate) fn acts(key: &str) -> bool {
        ACTING.contains(&key)
    }

    /// Takes what a step printed.
    pub(crate) fn print(&mut self, title: &str, text: &str) {
        let pending = self.unfinished.entry(title.to_owned()).or_default();
        pending.push_str(&text.replace('\r', ""));
        while let Some(end) = pending.find('\n') {
            let line: String = pending.drain(..=end).collect();
            self.log.push_str(&format!("{title} | {line}"));
        }
    }

    /// Takes the ends of lines that never came.
    pub(crate) fn finish(&mut self) {
        for (title, rest) in std::mem::take(&mut self.unfinished) {
            if !rest.is_empty() {
                self.log.push_str(&format!("{title} | {rest}\n"));
            }
        }
    }
}
