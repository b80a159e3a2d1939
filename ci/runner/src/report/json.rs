//! Lines for machines, one JSON object each.

use std::cell::RefCell;
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::scrubbed;
use crate::event::{Event, Listener};
use crate::outcome::Status;

/// A line: something that happened, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When, in milliseconds since 1970.
    pub time: i64,
    /// The run.
    pub run: i64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum What {
    /// Something of a step.
    Step(Event),
    /// The run itself began or ended.
    Run(RunEvent),
}

/// The beginning and the end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// It began.
    RunStarted {
        /// The pipeline; empty when there is none.
        pipeline: String,
        /// The job.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<String>,
        /// What is run, for people.
        title: String,
    },
    /// It ended.
    RunFinished {
        /// How.
        status: Status,
        /// Why it errored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
}

/// Writes lines for machines. When nobody reads them, so be it: the run goes on.
pub struct JsonLines<W> {
    writer: RefCell<W>,
    run: i64,
    now: fn() -> i64,
}

impl<W: Write> JsonLines<W> {
    /// Writes the lines of a run into `writer`; `now` tells milliseconds since 1970.
    pub fn new(writer: W, run: i64, now: fn() -> i64) -> Self {
        Self { writer: RefCell::new(writer), run, now }
    }

    /// Writes that the run began or ended.
    pub fn tell(&self, event: RunEvent) {
        self.write(What::Run(scrubbed::run_event(event)));
    }

    fn write(&self, what: What) {
        let record = Record { time: (self.now)(), run: self.run, what };
        let Ok(line) = serde_json::to_string(&record) else { return };
        let mut writer = self.writer.borrow_mut();
        let _unread = writeln!(writer, "{line}");
        let _unread = writer.flush();
    }
}

impl<W: Write> Listener for JsonLines<W> {
    fn hear(&self, event: &Event) {
        self.write(What::Step(scrubbed::event(event)));
    }
}
