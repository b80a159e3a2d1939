//! The `time` resource, as far as it makes sense here: now is the newest version.

use std::path::Path;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::outcome::{Problem, problem_of};
use crate::version::{Metadata, Version};

/// Returns the present time as a version.
pub(super) fn check() -> Result<Vec<Version>, Problem> {
    let now = OffsetDateTime::now_utc().format(&Rfc3339).map_err(|error| problem_of("the time", error))?;
    Ok(vec![[("time", now)].into_iter().collect()])
}

/// Writes the files that the resource's `in` writes.
pub(super) fn get(version: &Version, into: &Path) -> Result<Vec<Metadata>, Problem> {
    let text = version.get("time").unwrap_or_default();
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|error| problem_of(&format!("`{text}` is no time"), error))?;
    let files = [("timestamp", text.to_owned()), ("epoch", time.unix_timestamp().to_string())];
    for (name, content) in files {
        std::fs::write(into.join(name), content).map_err(|error| problem_of("cannot write", error))?;
    }
    Ok(Vec::new())
}
