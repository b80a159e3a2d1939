//! Lists the versions of an image.

mod pattern;
mod resolve;
mod tag;
mod versions;

use kit::Result;

use crate::source::{Follow, Source};
use crate::version::Version;

/// Lists versions, oldest first: what the tag stands for, the tags with a match, or the semantic versions.
///
/// # Errors
/// When the registry can't be asked. A given version that is gone is no error.
pub async fn check(source: &Source, since: Option<Version>) -> Result<Vec<Version>> {
    let client = source.client().await?;
    match source.follow() {
        Follow::Tag(tag) => tag::check(&client, tag, since).await,
        Follow::Pattern(pattern) => pattern::check(&client, source, pattern, since).await,
        Follow::Versions(scheme) => versions::check(&client, &scheme, since).await,
    }
}
