//! The warnings of a namespace.

use k8s_openapi::api::core::v1::Event;
use kit::report;
use kube::api::ListParams;
use kube::{Api, Client};

use crate::release::retrying;

/// The newest ones say what is wrong now.
const MOST_FETCHED: u32 = 500;
const MOST_TOLD: usize = 5;

/// The warnings of a namespace, newest first.
pub(super) struct Events(Vec<Event>);

impl Events {
    pub(super) async fn fetch(client: &Client, namespace: &str) -> Self {
        let api: Api<Event> = Api::namespaced(client.clone(), namespace);
        let parameters = ListParams::default().fields("type=Warning").limit(MOST_FETCHED);
        let found = retrying("reading events", || api.list(&parameters)).await;
        let mut events = match found {
            Ok(list) => list.items,
            Err(problem) => {
                report::warn(format!("events can't be read (the role needs `list` on events): {problem}"));
                Vec::new()
            }
        };
        events.sort_by_key(|event| std::cmp::Reverse(time(event)));
        Self(events)
    }

    /// Tells the newest warnings of an object and of what was made of it, whose names begin with its own.
    pub(super) fn tell(&self, name: &str) {
        let about = |event: &&Event| {
            let involved = event.involved_object.name.as_deref().unwrap_or_default();
            involved == name || involved.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
        };
        let mut told = Vec::new();
        for event in self.0.iter().filter(about) {
            let reason = event.reason.as_deref().unwrap_or_default();
            let line = format!("{reason}: {}", event.message.as_deref().unwrap_or_default().trim());
            if told.len() == MOST_TOLD || told.contains(&line) {
                continue;
            }
            let times = event.count.filter(|count| *count > 1).map(|count| format!(" ({count} times)"));
            report::info(format!("    event: {line}{}", times.unwrap_or_default()));
            told.push(line);
        }
    }
}

fn time(event: &Event) -> i64 {
    let last = event.last_timestamp.as_ref().map(|time| time.0.as_second());
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref());
    let created = event.metadata.creation_timestamp.as_ref().map(|time| time.0.as_second());
    last.or(series.map(|time| time.0.as_second())).or(created).unwrap_or_default()
}
