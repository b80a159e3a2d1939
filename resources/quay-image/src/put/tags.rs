//! Which tags an image gets.

use std::collections::HashSet;

use kit::{Context, Error, Inputs, Result, report};
use oci_registry::{Client, Tag};

use super::params::{Params, given};
use crate::semver::{Scheme, Version};
use crate::source::Source;

/// The file with more tags is at most this long, in bytes.
const LONGEST_LIST: u64 = 1024 * 1024;

/// The tags to push, in the order of the registry-image resource, each once: the source's `tag`, the version, its
/// aliases, those of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tags(Vec<Tag>);

/// What is asked for, before the registry was asked what it has.
#[derive(Debug)]
pub(super) struct Wanted {
    first: Option<Tag>,
    version: Option<(Version, Tag)>,
    bump_aliases: bool,
    additional: Vec<Tag>,
    variant: Option<String>,
}

impl Wanted {
    /// Reads source, params and the file of additional tags.
    ///
    /// # Errors
    /// When a tag or version is none, or when no tag at all is asked for.
    pub(super) fn new(source: &Source, params: &Params, inputs: &Inputs) -> Result<Self> {
        let version =
            given(params.version.as_ref()).map(|text| version(&source.scheme(), text)).transpose()?;
        if params.version.as_ref().is_some_and(kit::Text::was_number) {
            report::warn("`params.version` is a number: YAML drops trailing zeros, so quote it");
        }
        let wanted = Self {
            first: source.tag().cloned(),
            version,
            bump_aliases: params.bump_aliases.get(),
            additional: additional(params, inputs)?,
            variant: source.scheme().variant,
        };
        let prefix = given(params.tag_prefix.as_ref());
        if prefix.is_some() && wanted.additional.is_empty() {
            return Err(Error::new("`params.tag_prefix` has nothing to stand before").hint(
                "name a file with tags as `additional_tags`; for the version, give the tag as a whole",
            ));
        }
        if wanted.first.is_none() && wanted.version.is_none() && wanted.additional.is_empty() {
            return Err(Error::new("no tag to push")
                .hint("give `tag` in the source, or `version` or `additional_tags` in the params"));
        }
        Ok(wanted)
    }

    /// Asks the registry which aliases may move, if any may, and returns all tags.
    ///
    /// # Errors
    /// When the registry can't list its tags.
    pub(super) async fn tags(self, client: &Client) -> Result<Tags> {
        let aliases = match &self.version {
            Some((version, _)) if self.bump_aliases && version.is_final() => {
                let there = match client.tags().await {
                    Ok(tags) => tags,
                    // A new repository.
                    Err(problem) if problem.is_not_found() => Vec::new(),
                    Err(problem) => return Err(problem.into()),
                };
                aliases(version, self.variant.as_deref(), &there)?
            }
            _ => Vec::new(),
        };
        let version = self.version.map(|(_, tag)| tag);
        let all = self.first.into_iter().chain(version).chain(aliases).chain(self.additional);
        let mut seen = HashSet::new();
        Ok(Tags(all.filter(|tag| seen.insert(tag.clone())).collect()))
    }
}

impl Tags {
    /// Returns the tags.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    /// Returns the tag that becomes the version's. There is always one.
    ///
    /// # Errors
    /// Never, as [`Wanted::new`] has seen to it.
    pub(super) fn first(&self) -> Result<&Tag> {
        self.0.first().ok_or_else(|| Error::new("no tag to push"))
    }

    /// Returns the tags in one line.
    pub(super) fn line(&self) -> String {
        self.0.iter().map(Tag::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Writes the version as Masterminds/semver does: all three numbers, without `v`.
fn version(scheme: &Scheme, text: &str) -> Result<(Version, Tag)> {
    let version = Version::parse(text).ok_or_else(|| {
        Error::new(format!("`params.version`: `{text}` is no semantic version"))
            .hint("as in `1.2.3` or `1.2.3-rc.1`")
    })?;
    let tag = scheme
        .tag(&written_out(&version))
        .parse()
        .context(|| "`params.version` makes no tag".into())
        .hint(|| "build metadata (after a `+`) can't be part of a tag".into())?;
    Ok((version, tag))
}

fn written_out(version: &Version) -> String {
    let Version { major, minor, patch, pre_release, .. } = version;
    let dash = if version.is_final() { "" } else { "-" };
    let metadata =
        version.as_str().split_once('+').map(|(_, metadata)| format!("+{metadata}")).unwrap_or_default();
    format!("{major}.{minor}.{patch}{dash}{pre_release}{metadata}")
}

fn additional(params: &Params, inputs: &Inputs) -> Result<Vec<Tag>> {
    let Some(file) = params.additional_tags.as_deref().filter(|file| !file.is_empty()) else {
        return Ok(Vec::new());
    };
    let list =
        inputs.read_text(file, LONGEST_LIST).context(|| "cannot read `params.additional_tags`".into())?;
    let prefix = given(params.tag_prefix.as_ref()).unwrap_or_default();
    let tag = |word: &str| format!("{prefix}{word}").parse().context(|| format!("`{file}` can't be used"));
    list.split_whitespace().map(tag).collect()
}

/// Returns the aliases of a final version that nothing newer among `there` has: `latest` or the bare variant, the
/// first number, the first two.
fn aliases(version: &Version, variant: Option<&str>, there: &[Tag]) -> Result<Vec<Tag>> {
    let (mut latest, mut major, mut minor) = (true, true, true);
    let scheme = Scheme { variant: variant.map(str::to_owned), ..Scheme::default() };
    for other in there.iter().filter_map(|tag| scheme.version(tag.as_str())).filter(Version::is_final) {
        let same_major = other.major == version.major;
        let same_minor = same_major && other.minor == version.minor;
        latest &= other <= *version;
        major &= !(same_major && other > *version);
        minor &= !(same_minor && other > *version);
    }
    let with_variant = |text: String| match variant {
        Some(variant) => format!("{text}-{variant}"),
        None => text,
    };
    let names = [
        latest.then(|| scheme.bare_tag().to_owned()),
        major.then(|| with_variant(version.major.to_string())),
        minor.then(|| with_variant(format!("{}.{}", version.major, version.minor))),
    ];
    names.into_iter().flatten().map(|name| Ok(name.parse()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_move_unless_the_registry_has_something_newer() {
        /// What is told, the version, the variant, the registry's tags, the aliases.
        type Case<'a> = (&'a str, &'a str, Option<&'a str>, &'a [&'a str], &'a str);
        let cases: [Case<'_>; 12] = [
            ("empty repository", "1.2.3", None, &[], "latest 1 1.2"),
            ("same version", "1.2.3", None, &["1.2.3"], "latest 1 1.2"),
            ("older versions", "1.2.3", None, &["1.2.2", "1.1.9", "0.9"], "latest 1 1.2"),
            ("newer patch", "1.2.3", None, &["1.2.4"], ""),
            ("newer minor", "1.2.3", None, &["1.3.0"], "1.2"),
            ("newer major", "1.2.3", None, &["2.0.0"], "1 1.2"),
            ("own aliases", "1.2.3", None, &["latest", "1", "1.2"], "latest 1 1.2"),
            ("newer pre-release", "1.2.3", None, &["1.3.0-rc.1"], "latest 1 1.2"),
            ("newer of a variant", "1.2.3", None, &["1.3.0-alpine"], "latest 1 1.2"),
            ("variant, newer without", "1.2.3", Some("alpine"), &["1.3.0"], "alpine 1-alpine 1.2-alpine"),
            ("variant, newer of it", "1.2.3", Some("alpine"), &["1.3.0-alpine"], "1.2-alpine"),
            ("no versions", "1.2.3", None, &["main", "sha-abc", "nightly"], "latest 1 1.2"),
        ];
        for (case, version, variant, there, expected) in cases {
            let there: Vec<Tag> = there.iter().map(|tag| tag.parse().unwrap()).collect();
            let version = Version::parse(version).unwrap();
            let tags = Tags(aliases(&version, variant, &there).unwrap());
            assert_eq!(tags.line(), expected, "{case}");
        }
    }

    #[test]
    fn a_version_is_written_out() {
        let scheme = Scheme::default();
        for (text, tag) in [("v1.2.3", "1.2.3"), ("1.2", "1.2.0"), ("1.2.3-rc.1", "1.2.3-rc.1")] {
            assert_eq!(version(&scheme, text).unwrap().1.as_str(), tag, "{text}");
        }
        for text in ["one", "1.2.3.4", "1.2.3+build"] {
            assert!(version(&scheme, text).is_err(), "{text}");
        }
    }
}
