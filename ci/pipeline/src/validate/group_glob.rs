//! The globs of groups: `*`, `?`, `[a-z]`, `{a,b}`. A `*` crosses `/`.

use globset::{GlobBuilder, GlobMatcher};

/// A pattern for names of jobs in a group.
#[derive(Clone, Debug)]
pub enum GroupGlob {
    /// A name without anything special, as most are.
    Literal(String),
    /// A pattern.
    Pattern(Box<GlobMatcher>),
}

impl GroupGlob {
    /// Reads a pattern; nothing when it is malformed.
    pub fn new(pattern: &str) -> Option<Self> {
        if !pattern.contains(['*', '?', '[', ']', '{', '}', '\\']) {
            return Some(Self::Literal(pattern.into()));
        }
        let glob = GlobBuilder::new(pattern).literal_separator(false).backslash_escape(true).build().ok()?;
        Some(Self::Pattern(Box::new(glob.compile_matcher())))
    }

    /// Returns whether a job's name matches.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == name,
            Self::Pattern(pattern) => pattern.is_match(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_globs_know_braces_and_cross_slashes() {
        let cases = [
            ("build", "build", true),
            ("build", "builds", false),
            ("build-*", "build-a/b", true),
            ("build-?", "build-1", true),
            ("build-?", "build-12", false),
            ("{a,b}-c", "b-c", true),
            ("{a,b}-c", "c-c", false),
            ("[ab]x", "bx", true),
            ("[!ab]x", "bx", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(GroupGlob::new(pattern).unwrap().matches(name), expected, "{pattern} on {name}");
        }
        assert!(GroupGlob::new("[a").is_none());
    }
}
