//! Where something goes in an image.

use std::fmt;
use std::str::FromStr;

/// An absolute path in an image, without `.` and `..`. The default is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImagePath {
    /// Without the leading slash.
    relative: String,
}

/// A text that is no path in an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no path in an image: it begins with `/` and has no `..`, as in `/usr/local/bin`")]
pub struct InvalidImagePath(String);

impl ImagePath {
    /// Returns the path without its leading slash: empty for the root.
    pub(crate) fn relative(&self) -> &str {
        &self.relative
    }
}

impl FromStr for ImagePath {
    type Err = InvalidImagePath;

    fn from_str(text: &str) -> Result<Self, InvalidImagePath> {
        let refuse = || InvalidImagePath(text.into());
        let inner = text.strip_prefix('/').ok_or_else(refuse)?;
        let parts: Vec<&str> = inner.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let refused = |part: &&str| *part == ".." || part.contains('\0') || part.starts_with(".wh.");
        if parts.iter().any(refused) {
            return Err(refuse());
        }
        Ok(Self { relative: parts.join("/") })
    }
}

impl fmt::Display for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_absolute_and_stays_below_the_root() {
        let cases = [
            ("/", Some("/")),
            ("/app", Some("/app")),
            ("//usr/./local/bin/", Some("/usr/local/bin")),
            ("", None),
            ("app", None),
            ("/app/../etc", None),
            ("/a\0b", None),
            ("/app/.wh.x", None),
        ];
        for (text, expected) in cases {
            let found = text.parse::<ImagePath>().ok().map(|path| path.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
