//! How a repository's tags carry versions.

use super::{Constraint, Version};

/// What counts as a pre-release without being named in `pre_release_prefixes`.
const PRE_RELEASES: [&str; 3] = ["alpha", "beta", "rc"];

/// How a repository's tags carry versions: `1.2.3`, or `1.2.3-alpine` for the variant `alpine`, and which of them are
/// wanted.
#[derive(Clone, Debug, Default)]
pub struct Scheme {
    /// The variant that is wanted.
    pub variant: Option<String>,
    /// Whether pre-releases are wanted.
    pub pre_releases: bool,
    /// How the names of pre-releases begin, beside `alpha`, `beta` and `rc`.
    pub pre_release_prefixes: Vec<String>,
    /// Which versions are wanted.
    pub constraint: Option<Constraint>,
}

impl Scheme {
    /// Returns the tag that stands for the newest version: `latest`, or the bare variant.
    pub fn bare_tag(&self) -> &str {
        self.variant.as_deref().unwrap_or("latest")
    }

    /// Returns the version that a tag carries, whether it is wanted or not; `None` for a tag of another variant, or
    /// of none.
    pub fn version(&self, tag: &str) -> Option<Version> {
        let text = match &self.variant {
            None => tag,
            Some(variant) => tag.strip_suffix(variant)?.strip_suffix('-')?,
        };
        Version::parse(text).filter(|version| version.is_final() || self.is_pre_release(&version.pre_release))
    }

    /// Returns the version that a tag carries, if it is one that is wanted.
    pub fn wanted(&self, tag: &str) -> Option<Version> {
        let wanted = |version: &Version| {
            (version.is_final() || self.pre_releases)
                && self.constraint.as_ref().is_none_or(|constraint| constraint.allows(version))
        };
        self.version(tag).filter(wanted)
    }

    /// Returns the tag for a version: with the variant, without a leading `v`.
    pub fn tag(&self, version: &str) -> String {
        let version = version.strip_prefix('v').unwrap_or(version);
        match &self.variant {
            None => version.to_owned(),
            Some(variant) => format!("{version}-{variant}"),
        }
    }

    /// Tells a pre-release from a variant: both follow a `-`. What has another `-` in it is taken for a pre-release of
    /// a variant (`rc.1-alpine`), unless the user names prefixes and so knows what the tags look like.
    fn is_pre_release(&self, name: &str) -> bool {
        let own = self.pre_release_prefixes.iter().map(String::as_str);
        let known = PRE_RELEASES.into_iter().chain(own).any(|prefix| name.starts_with(prefix));
        known && (!name.contains('-') || !self.pre_release_prefixes.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_apart_by_variant_and_pre_release() {
        let plain = Scheme::default();
        let early = Scheme { pre_releases: true, ..Scheme::default() };
        let alpine = Scheme { variant: Some("alpine".into()), ..early.clone() };
        let dev = Scheme { pre_release_prefixes: vec!["dev".into()], ..early.clone() };
        let newer = Scheme { constraint: Some(">=1.1".parse().unwrap()), ..Scheme::default() };
        let cases = [
            ("final", &plain, "1.2.3", true),
            ("pre-releases are not wanted", &plain, "1.2.3-rc.1", false),
            ("another variant", &plain, "1.2.3-alpine", false),
            ("no version", &plain, "latest", false),
            ("pre-release", &early, "1.2.3-rc.1", true),
            ("pre-release of a variant", &early, "1.2.3-rc.1-alpine", false),
            ("a variant, though pre-releases are wanted", &early, "1.2.3-alpine", false),
            ("unknown prefix", &early, "1.2.3-dev.1", false),
            ("named prefix", &dev, "1.2.3-dev.1", true),
            ("known prefix beside a named one", &dev, "1.2.3-beta", true),
            ("named prefixes allow dashes", &dev, "1.2.3-dev-1", true),
            ("the variant", &alpine, "1.2.3-alpine", true),
            ("the variant's pre-release", &alpine, "1.2.3-rc.1-alpine", true),
            ("not the variant", &alpine, "1.2.3", false),
            ("the bare variant", &alpine, "alpine", false),
            ("longer variant", &alpine, "1.2.3-xalpine", false),
            ("allowed", &newer, "1.1.0", true),
            ("not allowed", &newer, "1.0.9", false),
        ];
        for (case, scheme, tag, wanted) in cases {
            assert_eq!(scheme.wanted(tag).is_some(), wanted, "{case}: {tag}");
        }
    }

    #[test]
    fn a_versions_tag_has_the_variant_and_no_v() {
        let alpine = Scheme { variant: Some("alpine".into()), ..Scheme::default() };
        assert_eq!(Scheme::default().tag("v1.2.3"), "1.2.3");
        assert_eq!(alpine.tag("1.2.3"), "1.2.3-alpine");
        assert_eq!((Scheme::default().bare_tag(), alpine.bare_tag()), ("latest", "alpine"));
    }
}
