//! Follows semantic versions.

use std::collections::HashMap;

use kit::Result;
use oci_registry::{Client, Digest, Tag};

use super::listed::{Listed, Lister};
use crate::semver::{self, Scheme};
use crate::version::Version;

/// A tag that carries a wanted version.
#[derive(Clone, Debug)]
struct Candidate<'a> {
    tag: &'a Tag,
    version: semver::Version,
}

/// Returns each digest once, under its most specific version, in the order of versions; then `latest` (or the bare
/// variant), if its digest is no version's. If the previous version's tag still has its digest, older ones are left
/// out.
pub(super) async fn check(
    lister: &Lister<'_>,
    scheme: &Scheme,
    since: Option<Version>,
) -> Result<Vec<Version>> {
    let listed = lister.tags(scheme.variant.as_deref(), |_| false).await?;
    let client = lister.client();
    let candidates: Vec<Candidate<'_>> =
        listed.tags().iter().filter_map(|tag| Candidate::read(tag, scheme)).collect();
    let all: Vec<&Candidate<'_>> = candidates.iter().collect();
    let bare =
        listed.tags().iter().find(|tag| scheme.constraint.is_none() && tag.as_str() == scheme.bare_tag());
    let mut found = Found::of(&listed);

    let mut counted =
        since.as_ref().and_then(|since| from_cursor(&all, since)).unwrap_or_else(|| all.clone());
    found.ask(client, tags(&counted).chain(bare)).await?;
    let cursor_moved = counted.len() < all.len() && found.version(counted[0].tag) != since;
    if cursor_moved {
        counted.clone_from(&all);
        found.ask(client, tags(&all)).await?;
    }
    let mut versions = most_specific(&counted, &found);
    versions.extend(found.version_of_bare(client, bare, &counted, &all).await?);
    Ok(versions)
}

impl<'a> Candidate<'a> {
    fn read(tag: &'a Tag, scheme: &Scheme) -> Option<Self> {
        Some(Self { tag, version: scheme.wanted(tag.as_str())? })
    }
}

/// Returns the previous version's candidate, then what is newer; `None` if its tag is gone. Other spellings of its
/// version (`1.2` beside `1.2.0`) are not newer.
fn from_cursor<'c, 'a>(all: &[&'c Candidate<'a>], since: &Version) -> Option<Vec<&'c Candidate<'a>>> {
    let cursor = *all.iter().find(|candidate| Some(candidate.tag) == since.tag.as_ref())?;
    let newer = all.iter().copied().filter(|candidate| candidate.version > cursor.version);
    Some(std::iter::once(cursor).chain(newer).collect())
}

fn tags<'a>(candidates: &[&Candidate<'a>]) -> impl Iterator<Item = &'a Tag> {
    candidates.iter().map(|candidate| candidate.tag)
}

/// What is known of tags by now: each one's digest, and `None` for a tag that vanished since it was listed.
struct Found<'a> {
    listed: &'a Listed,
    digests: HashMap<&'a Tag, Option<Digest>>,
}

impl<'a> Found<'a> {
    fn of(listed: &'a Listed) -> Self {
        Self { listed, digests: HashMap::new() }
    }

    /// Asks for the digests of tags that were not asked for yet.
    async fn ask(&mut self, client: &Client, tags: impl Iterator<Item = &'a Tag>) -> Result<()> {
        let unknown: Vec<&Tag> = tags.filter(|tag| !self.digests.contains_key(tag)).collect();
        let answers = self.listed.digests(client, &unknown).await?;
        let mut answers: HashMap<usize, Digest> = answers.into_iter().collect();
        self.digests.extend(unknown.iter().enumerate().map(|(place, tag)| (*tag, answers.remove(&place))));
        Ok(())
    }

    fn digest(&self, tag: &Tag) -> Option<&Digest> {
        self.digests.get(tag)?.as_ref()
    }

    fn version(&self, tag: &Tag) -> Option<Version> {
        self.digest(tag).map(|digest| Version::new(tag.clone(), digest.clone()))
    }

    /// Returns the version of the bare tag, unless its digest is a version's. Versions older than the cursor count
    /// too: while `latest` still stands for one of them, it must not be taken for the newest.
    async fn version_of_bare(
        &mut self,
        client: &Client,
        bare: Option<&'a Tag>,
        counted: &[&Candidate<'a>],
        all: &[&Candidate<'a>],
    ) -> Result<Option<Version>> {
        let Some(bare) = bare else { return Ok(None) };
        if self.is_any_of(bare, counted) {
            return Ok(None);
        }
        self.ask(client, tags(all)).await?;
        Ok(self.version(bare).filter(|_| !self.is_any_of(bare, all)))
    }

    fn is_any_of(&self, tag: &Tag, candidates: &[&Candidate<'_>]) -> bool {
        let digest = self.digest(tag);
        digest.is_some() && candidates.iter().any(|candidate| self.digest(candidate.tag) == digest)
    }
}

/// Returns each digest under the tag that says most exactly which version it is, in the order of versions.
fn most_specific(candidates: &[&Candidate<'_>], found: &Found<'_>) -> Vec<Version> {
    let mut best: HashMap<&Digest, &Candidate<'_>> = HashMap::new();
    for candidate in candidates {
        let Some(digest) = found.digest(candidate.tag) else { continue };
        let chosen = best.entry(digest).or_insert(candidate);
        if rank(candidate) > rank(chosen) {
            *chosen = candidate;
        }
    }
    let mut chosen: Vec<(&Digest, &Candidate<'_>)> = best.into_iter().collect();
    chosen.sort_by(|(_, one), (_, other)| {
        let spelling = |candidate: &Candidate<'_>| (candidate.version.specificity(), candidate.tag.clone());
        one.version.cmp(&other.version).then_with(|| spelling(one).cmp(&spelling(other)))
    });
    chosen
        .into_iter()
        .map(|(digest, candidate)| Version::new(candidate.tag.clone(), digest.clone()))
        .collect()
}

/// A final version says more than a pre-release, and a longer spelling more than a shorter one.
fn rank(candidate: &Candidate<'_>) -> (bool, usize) {
    (candidate.version.is_final(), candidate.version.specificity())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(letter: char) -> Digest {
        format!("sha256:{}", letter.to_string().repeat(64)).parse().unwrap()
    }

    /// Picks among tags that are written as `tag=letter of the digest`.
    fn picked(tags: &str) -> String {
        let pairs: Vec<(Tag, Digest)> = tags
            .split(' ')
            .filter_map(|pair| pair.split_once('='))
            .map(|(tag, letter)| (tag.parse().unwrap(), digest(letter.chars().next().unwrap())))
            .collect();
        let scheme = Scheme { pre_releases: true, ..Scheme::default() };
        let candidates: Vec<Candidate<'_>> =
            pairs.iter().filter_map(|(tag, _)| Candidate::read(tag, &scheme)).collect();
        let listed = Listed::default();
        let digests = pairs.iter().map(|(tag, digest)| (tag, Some(digest.clone()))).collect();
        let found = Found { listed: &listed, digests };
        let versions = most_specific(&candidates.iter().collect::<Vec<_>>(), &found);
        let texts = versions.iter().map(|v| format!("{}={}", v.tag_text(), &v.digest.hex()[..1]));
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_digest_is_shown_once_under_its_most_specific_version() {
        let cases = [
            ("aliases", "1=a 1.2=a 1.2.3=a", "1.2.3=a"),
            ("order of versions, not of the list", "1.10.0=b 1.2.0=a 1.9.0=c", "1.2.0=a 1.9.0=c 1.10.0=b"),
            ("final over pre-release", "1.0.0-rc.1=a 1.0=a", "1.0=a"),
            ("more specific pre-release", "1.0.0-rc=a 1.0.0-rc.2=a", "1.0.0-rc.2=a"),
            ("two digests of one version", "1.2=a 1.2.0=b", "1.2=a 1.2.0=b"),
            ("same spelling: first in the list", "v1.0.0=a 1.0.0=a", "v1.0.0=a"),
            ("no versions", "latest=a main=b", ""),
        ];
        for (case, tags, expected) in cases {
            assert_eq!(picked(tags), expected, "{case}");
        }
    }

    #[test]
    fn a_cursor_leaves_out_what_is_not_newer() {
        let tags: Vec<Tag> =
            ["2.0.0", "1.0.0", "1.2", "1.2.0", "1.3.0"].map(|tag| tag.parse().unwrap()).to_vec();
        let candidates: Vec<Candidate<'_>> =
            tags.iter().filter_map(|tag| Candidate::read(tag, &Scheme::default())).collect();
        let all: Vec<&Candidate<'_>> = candidates.iter().collect();
        let from = |tag: &str| {
            let since = Version::new(tag.parse().unwrap(), digest('a'));
            from_cursor(&all, &since)
                .map(|kept| kept.iter().map(|c| c.tag.as_str()).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(from("1.2.0").as_deref(), Some("1.2.0 2.0.0 1.3.0"));
        assert_eq!(from("2.0.0").as_deref(), Some("2.0.0"));
        assert_eq!(from("1.1.0"), None, "gone");
        assert_eq!(from("latest"), None, "no version");
    }
}
