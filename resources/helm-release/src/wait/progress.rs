//! Says, while Helm waits, what it waits for.

use std::collections::HashMap;
use std::time::Duration;

use kit::report;

use super::survey::survey;
use crate::cluster::Connection;
use crate::manifest::{Mask, Object, ObjectKey, objects};

/// Most changes are over before this; nobody needs to be told of those.
const QUIET: Duration = Duration::from_secs(2);
const INTERVAL: Duration = Duration::from_secs(2);

/// Follows the revision of `release` that comes after `before`, until it is dropped. Never returns, never fails: what
/// can't be read is not told.
pub async fn watch(connection: &Connection, namespace: &str, release: &str, before: u64) {
    tokio::time::sleep(QUIET).await;
    let objects = loop {
        if let Some(objects) = rendered(connection, namespace, release, before).await {
            break objects;
        }
        tokio::time::sleep(INTERVAL).await;
    };
    let mut told: HashMap<ObjectKey, String> = HashMap::new();
    loop {
        tell(connection, namespace, &objects, &mut told).await;
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Helm writes the record before it makes the objects.
async fn rendered(
    connection: &Connection,
    namespace: &str,
    release: &str,
    before: u64,
) -> Option<Vec<Object>> {
    let history = connection.storage.history(namespace, release).await.ok()?;
    let newest = history.last().filter(|entry| entry.revision > before)?;
    let record = connection.storage.read(namespace, release, newest.revision).await.ok()??;
    let objects = objects(&record.manifest).ok()?;
    // From here on no error of Helm's shows them either.
    Mask::default().learn_objects(&objects);
    Some(objects)
}

async fn tell(
    connection: &Connection,
    namespace: &str,
    objects: &[Object],
    told: &mut HashMap<ObjectKey, String>,
) {
    let survey = survey(&connection.client, namespace, objects).await;
    let ready = survey.iter().filter(|each| each.readiness.is_ready()).count();
    let mut news = Vec::new();
    for each in &survey {
        let reason = each.readiness.reason.clone();
        let before = told.insert(each.object.clone(), reason.clone());
        match before {
            Some(before) if before == reason => {}
            None if reason.is_empty() => {}
            _ if reason.is_empty() => news.push(format!("  {}: ready", each.object)),
            _ => news.push(format!("  {}: {reason}", each.object)),
        }
    }
    if !news.is_empty() {
        report::info(format!("{ready} of {} objects are ready", survey.len()));
        news.iter().for_each(report::info);
    }
}
