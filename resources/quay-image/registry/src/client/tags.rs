//! The list of a repository's tags.

use kit::http::header::LINK;
use kit::http::{Method, Url};
use serde::Deserialize;

use super::{Client, Result};
use crate::auth::Access;
use crate::session::Session;
use crate::{Cause, Tag};

/// How many tags are asked for at once. Registries give fewer if they like: Quay 100. Those that refuse so many (some
/// with 400, distribution with a lower limit set) are asked for fewer, and in the end for as many as they like.
const PAGE_SIZES: [Option<u32>; 3] = [Some(1000), Some(100), None];
/// The most tags and pages that are read: a list that goes on beyond has no end.
const MOST_TAGS: usize = 200_000;
const MOST_PAGES: usize = 2_000;
/// The largest page that is read: 1,000 of the longest tags are an eighth of it.
const LARGEST_PAGE: u64 = 1024 * 1024;

#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

impl Client {
    /// Lists the repository's tags in the registry's order. An unknown repository is an error for which
    /// [`crate::RegistryError::is_not_found`] holds.
    ///
    /// # Errors
    /// When the registry does not answer, refuses, or its list has no end.
    pub async fn tags(&self) -> Result<Vec<Tag>> {
        let is_mirror = |session: &Session| session.repository() != self.repository();
        let tags = self
            .read("tags", async |session| match list(session).await {
                // A mirror that has only what was pulled through it may not know the repository yet.
                Ok(tags) if tags.is_empty() && is_mirror(session) => Ok(None),
                Err(cause) if cause.status().is_some_and(|status| status == 404) && is_mirror(session) => {
                    Ok(None)
                }
                outcome => outcome.map(Some),
            })
            .await?;
        Ok(tags.unwrap_or_default())
    }
}

async fn list(session: &Session) -> std::result::Result<Vec<Tag>, Cause> {
    let (first, mut next) = first_page(session).await?;
    let mut tags = first;
    for _ in 1..MOST_PAGES {
        let Some(url) = next else { return Ok(tags) };
        let (more, after) = page(session, &url).await?;
        tags.extend(more);
        if after.as_ref() == Some(&url) || tags.len() > MOST_TAGS {
            break;
        }
        next = after;
    }
    Err(Cause::Protocol(format!("the list of tags has no end: there were {} so far", tags.len())))
}

/// Reads the first page, as long as the registry makes it.
async fn first_page(session: &Session) -> std::result::Result<(Vec<Tag>, Option<Url>), Cause> {
    let mut refused = None;
    for size in PAGE_SIZES {
        let query = size.map(|size| format!("?n={size}")).unwrap_or_default();
        let url = session.url(&format!("tags/list{query}")).await?;
        match page(session, &url).await {
            Err(problem) if problem.status().is_some_and(|status| is_about_size(status.as_u16())) => {
                refused.get_or_insert(problem);
            }
            outcome => return outcome,
        }
    }
    Err(refused.unwrap_or_else(|| Cause::Protocol("no page of tags was asked for".into())))
}

/// Tells whether a refusal may be one of the page's size: it says nothing of the login, the repository or the load.
fn is_about_size(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 401 | 403 | 404 | 408 | 429)
}

/// Reads a page, and where the next one is.
async fn page(session: &Session, url: &Url) -> std::result::Result<(Vec<Tag>, Option<Url>), Cause> {
    let response = session.send(&Access::Pull, &Method::GET, url, |request| request).await?;
    let response = response.success().await?;
    let links = response.headers().get_all(LINK);
    let next = match next_page(links.iter().filter_map(|link| link.to_str().ok())) {
        Some(link) => Some(session.named_url(link, response.url()).await?),
        None => None,
    };
    let page: Page = response.json(LARGEST_PAGE).await?;
    // What is no tag can't be asked for.
    let tags = page.tags.unwrap_or_default().into_iter().filter_map(|tag| Tag::try_from(tag).ok());
    Ok((tags.collect(), next))
}

/// Finds the next page in `Link` headers: `</v2/…?n=100&last=x>; rel="next"`.
pub(super) fn next_page<'a>(links: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut targets = links.flat_map(|header| header.split(',')).filter_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.trim().eq_ignore_ascii_case("rel")
                && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
        });
        is_next.then_some(target)
    });
    targets.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let cases: [(&[&str], Option<&str>); 6] = [
            (&[r#"</v2/a/tags/list?n=100&last=t084>; rel="next""#], Some("/v2/a/tags/list?n=100&last=t084")),
            (&["<https://x/y?last=z>;rel=next"], Some("https://x/y?last=z")),
            (&[r#"</a>; rel="prev", </b>; rel="next""#], Some("/b")),
            (&[r#"</a>; rel="prev""#, r#"</b>; title="x"; REL=Next"#], Some("/b")),
            (&[r#"</a>; rel="prev""#], None),
            (&["rubbish"], None),
        ];
        for (links, expected) in cases {
            assert_eq!(next_page(links.iter().copied()), expected, "{links:?}");
        }
    }
}
