//! Releases that somebody else is changing, or was changing when it was killed.

use std::time::{Duration, Instant};

use kit::{Error, Result, report};
use time::OffsetDateTime;

use super::work::Work;
use crate::duration;
use crate::release::{Entry, Status};

const INTERVAL: Duration = Duration::from_secs(2);

/// Returns the release's history once nobody is changing it: waits for a run that is at work, and recovers what a
/// killed one left, where the params allow it. `is_busy` tells which states hinder what is to be done.
pub(super) async fn acquire(work: &Work<'_>, is_busy: fn(Status) -> bool) -> Result<Vec<Entry>> {
    let recover_after = work.params.recover_after.as_ref();
    let recover_after =
        recover_after.map(|age| duration::parse("params.recover_after", age.as_str())).transpose()?;
    let may_wait = work.params.wait_for_lock.is_none_or(kit::Flag::get);
    let started = Instant::now();
    let mut told = false;
    loop {
        let history = work.history().await?;
        let Some(newest) = history.last().filter(|entry| is_busy(entry.status)) else {
            return Ok(history);
        };
        let age = age(newest);
        if recover_after.is_some_and(|limit| age >= limit) {
            recover(work, newest, age).await?;
            continue;
        }
        if !may_wait || started.elapsed() >= work.timeout {
            return Err(busy(newest, age, may_wait));
        }
        if !told {
            report::info(format!(
                "revision {} of `{}` is {} for {} s: waiting for whoever is at it, up to {} s",
                newest.revision,
                newest.release,
                newest.status,
                age.as_secs(),
                work.timeout.as_secs()
            ));
            told = true;
        }
        tokio::time::sleep(INTERVAL.min(work.timeout)).await;
    }
}

/// Since the record was last written. Clocks differ, so that it may seem to lie in the future.
fn age(entry: &Entry) -> Duration {
    let seconds = OffsetDateTime::now_utc().unix_timestamp() - entry.modified;
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

async fn recover(work: &Work<'_>, entry: &Entry, age: Duration) -> Result<()> {
    report::warn(format!(
        "revision {} of `{}` is {} for {} s, so its writer was killed: it is marked as failed",
        entry.revision,
        entry.release,
        entry.status,
        age.as_secs()
    ));
    let description = format!("Left {} by a run that was killed", entry.status);
    work.connection.storage.fail(entry, &description).await
}

fn busy(entry: &Entry, age: Duration, waited: bool) -> Error {
    let waited = if waited { " still" } else { "" };
    let seconds = age.as_secs();
    Error::new(format!(
        "revision {} of `{}` is{waited} {}, for {seconds} s: somebody else is changing the release, or was killed at it",
        entry.revision, entry.release, entry.status
    ))
    .hint("if no other run is at work, `recover_after: 15m` lets a put recover what one left that long ago")
}
