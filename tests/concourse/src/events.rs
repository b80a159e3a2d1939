//! What the steps of a build did, as the build's stream of events tells it.

use std::collections::HashMap;

use serde_json::Value as Json;

/// Keys of steps that do something themselves.
const ACTING: &[&str] = &["get", "put", "task", "set_pipeline", "load_var", "run", "check"];

/// The line of a stream after which nothing comes.
pub(crate) const END: &str = "event: end";

/// What the steps of a build did, in the order in which it happened.
#[derive(Clone, Debug, Default)]
pub struct Events {
    steps: Vec<Step>,
    is_whole: bool,
}

/// Something that a step did. The step is named by its key and name, as in `task unit-test`; one that Concourse added
/// itself, as those that fetch images, is called `step`, and what belongs to none `build`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It started.
    Started(String),
    /// It printed text, not always whole lines.
    Printed(String, String),
    /// It ended.
    Ended(String, Outcome),
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Succeeded,
    /// It ran and said no, or took too long.
    Failed,
    /// It could not run.
    Errored,
    /// It was ended.
    Aborted,
}

impl Events {
    /// Reads a build's plan and its stream: lines such as `data: {"event":"log",…}`.
    pub(crate) fn read(plan: &Json, stream: &str) -> Self {
        let mut titles = HashMap::new();
        collect(plan, &mut titles);
        let data = stream.lines().filter_map(|line| line.strip_prefix("data:"));
        let events = data.filter_map(|line| serde_json::from_str::<Json>(line.trim()).ok());
        let mut steps = Vec::new();
        for event in events {
            // The steps of an `across` are in no plan: it tells them as it makes them.
            if event["event"] == "across-substeps" {
                collect(&event["data"]["substeps"], &mut titles);
            }
            steps.extend(hear(&event, &titles));
        }
        Self { steps, is_whole: stream.lines().any(|line| line.trim_end() == END) }
    }

    /// Returns all that happened, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns whether the stream has come to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns all that was printed, as it came.
    pub fn log(&self) -> String {
        let texts = self.steps.iter().filter_map(|step| match step {
            Step::Printed(_, text) => Some(text.replace('\r', "")),
            Step::Started(_) | Step::Ended(..) => None,
        });
        texts.collect()
    }

    /// Returns each step that ended, with how.
    pub fn ended(&self) -> Vec<(&str, Outcome)> {
        let ended = self.steps.iter().filter_map(|step| match step {
            Step::Ended(title, outcome) => Some((title.as_str(), *outcome)),
            Step::Started(_) | Step::Printed(..) => None,
        });
        ended.collect()
    }
}

impl Outcome {
    /// Returns Concourse's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Aborted => "aborted",
        }
    }

    fn of(succeeded: bool) -> Self {
        if succeeded { Self::Succeeded } else { Self::Failed }
    }
}

/// Finds the steps of a plan that do something themselves, by their ids.
fn collect(plan: &Json, titles: &mut HashMap<String, String>) {
    match plan {
        Json::Object(fields) => {
            let id = fields.get("id").and_then(Json::as_str);
            let acting = fields.iter().find(|(key, _)| ACTING.contains(&key.as_str()));
            if let (Some(id), Some((key, step))) = (id, acting) {
                let name = step["name"].as_str().unwrap_or_default();
                titles.insert(id.to_owned(), format!("{key} {name}"));
            }
            fields.values().for_each(|value| collect(value, titles));
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, titles)),
        _ => {}
    }
}

/// Returns what an event says of its step; an error is both text and end.
fn hear(event: &Json, titles: &HashMap<String, String>) -> Vec<Step> {
    let data = &event["data"];
    let title = match data["origin"]["id"].as_str() {
        None | Some("") => "build".to_owned(),
        Some(id) => titles.get(id).cloned().unwrap_or_else(|| "step".into()),
    };
    match event["event"].as_str().unwrap_or_default() {
        "start-task" | "start-get" | "start-put" | "start" => vec![Step::Started(title)],
        "log" => vec![Step::Printed(title, data["payload"].as_str().unwrap_or_default().to_owned())],
        "finish-task" | "finish-get" | "finish-put" => {
            vec![Step::Ended(title, Outcome::of(data["exit_status"] == 0))]
        }
        "finish" => vec![Step::Ended(title, Outcome::of(data["succeeded"] == true))],
        "error" => {
            let message = data["message"].as_str().unwrap_or_default();
            let outcome = match message {
                "interrupted" => Outcome::Aborted,
                "timeout exceeded" => Outcome::Failed,
                _ => Outcome::Errored,
            };
            vec![Step::Printed(title.clone(), format!("{message}\n")), Step::Ended(title, outcome)]
        }
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stream_is_read_with_the_steps_of_its_plan() {
        let plan = json!({"id": "1", "do": [
            {"id": "2", "get": {"name": "source"}},
            {"id": "3", "on_failure": {"step": {"id": "4", "task": {"name": "test"}}, "hook": {"id": "5"}}},
        ]});
        let stream = r#"
id: 0
event: event
data: {"data":{"origin":{"id":"2"},"exit_status":0},"event":"finish-get"}

id: 1
event: event
data: {"data":{"origin":{"id":"4"},"payload":"hello\r\n"},"event":"log"}

id: 2
event: event
data: {"data":{"origin":{"id":"4"},"message":"timeout exceeded"},"event":"error"}

id: 3
event: event
data: {"data":{"origin":{"id":"6"},"substeps":[{"id":"7","task":{"name":"run-one"}}]},"event":"across-substeps"}

id: 4
event: event
data: {"data":{"origin":{"id":"7"},"exit_status":0},"event":"finish-task"}

event: end
data:
"#;
        let events = Events::read(&plan, stream);
        assert_eq!(
            events.ended(),
            [
                ("get source", Outcome::Succeeded),
                ("task test", Outcome::Failed),
                ("task run-one", Outcome::Succeeded),
            ]
        );
        assert_eq!(events.log(), "hello\ntimeout exceeded\n");
        assert!(events.is_whole());
    }
}
