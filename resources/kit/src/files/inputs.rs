//! The folder with a put's inputs.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::{Context, Error, Result};

/// The folder that holds one folder per input of a put. Params name files relative to it; none may leave it.
#[derive(Clone, Debug)]
pub struct Inputs {
    root: PathBuf,
}

/// How many names an error lists before it says "and more".
const NAMES_SHOWN: usize = 10;

impl Inputs {
    /// Opens the folder.
    ///
    /// # Errors
    /// When it isn't a folder.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root: PathBuf = root.into();
        let resolved = root.canonicalize();
        let root = resolved.context(|| format!("cannot use the inputs' folder `{}`", root.display()))?;
        Ok(Self { root })
    }

    /// Returns the folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the existing file or folder that `name` names, with all links resolved.
    ///
    /// # Errors
    /// When nothing is there, or when it lies outside the inputs.
    pub fn resolve(&self, name: &str) -> Result<PathBuf> {
        let path = self.join(name)?;
        let resolved = path.canonicalize();
        let resolved = resolved.context(|| format!("cannot open `{name}`")).hint(|| self.inputs_hint())?;
        if !resolved.starts_with(&self.root) {
            return Err(Error::new(format!("`{name}` leads out of the inputs"))
                .hint("name a file of an input; links must stay within the inputs"));
        }
        Ok(resolved)
    }

    /// Returns the text of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// When the file isn't there, is larger, or isn't UTF-8.
    pub fn read_text(&self, name: &str, limit: u64) -> Result<String> {
        let bytes = self.read(name, limit)?;
        String::from_utf8(bytes).map_err(|_| Error::new(format!("`{name}` is not UTF-8 text")))
    }

    /// Returns the bytes of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// When the file isn't there or is larger.
    pub fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>> {
        let path = self.resolve(name)?;
        let mut bytes = Vec::new();
        let file = File::open(&path).context(|| format!("cannot open `{name}`"))?;
        file.take(limit + 1).read_to_end(&mut bytes).context(|| format!("cannot read `{name}`"))?;
        if bytes.len() as u64 > limit {
            return Err(Error::new(format!("`{name}` is larger than {limit} bytes")));
        }
        Ok(bytes)
    }

    /// Returns the one file or folder that the glob `pattern` matches.
    ///
    /// # Errors
    /// When the pattern is malformed, or matches nothing, or several things, which are then named.
    pub fn glob_one(&self, pattern: &str) -> Result<PathBuf> {
        let mut found = self.glob(pattern)?;
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => {
                Err(Error::new(format!("`{pattern}` matches nothing in the inputs")).hint(self.inputs_hint()))
            }
            (Some(last), false) => {
                found.push(last);
                let names = self.names(&found);
                Err(Error::new(format!("`{pattern}` matches {} files: {names}", found.len()))
                    .hint("make the pattern match exactly one"))
            }
        }
    }

    /// Returns all that the glob `pattern` matches, sorted.
    ///
    /// # Errors
    /// When the pattern is malformed or a match lies outside the inputs.
    pub fn glob(&self, pattern: &str) -> Result<Vec<PathBuf>> {
        let root = glob::Pattern::escape(&self.root.to_string_lossy());
        let relative = self.join(pattern)?;
        let relative = relative.strip_prefix(&self.root).unwrap_or(&relative);
        let whole = format!("{root}/{}", relative.display());
        let paths = glob::glob(&whole).context(|| format!("`{pattern}` is not a glob"))?;
        let mut found = Vec::new();
        for path in paths {
            let path = path.context(|| format!("cannot search for `{pattern}`"))?;
            let resolved = path.canonicalize().context(|| format!("cannot open `{}`", path.display()))?;
            if !resolved.starts_with(&self.root) {
                return Err(Error::new(format!("`{}` leads out of the inputs", path.display())));
            }
            found.push(path);
        }
        Ok(found)
    }

    fn join(&self, name: &str) -> Result<PathBuf> {
        let relative = Path::new(name);
        let leaves = relative.components().any(|component| {
            matches!(component, Component::ParentDir | Component::RootDir | Component::Prefix(_))
        });
        if name.is_empty() || leaves {
            return Err(Error::new(format!("`{name}` is no path below the inputs"))
                .hint("paths start with the name of an input, as in `image/image.tar`"));
        }
        Ok(self.root.join(relative))
    }

    fn inputs_hint(&self) -> String {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        found.sort();
        if found.is_empty() {
            return "the put has no inputs: does an earlier step make the artifact, and does `inputs:` name it?".into();
        }
        format!("the inputs are: {}", self.names(&found))
    }

    fn names(&self, paths: &[PathBuf]) -> String {
        let relative = |path: &PathBuf| path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        let shown: Vec<String> = paths.iter().take(NAMES_SHOWN).map(relative).collect();
        let more = if paths.len() > NAMES_SHOWN { ", and more" } else { "" };
        format!("{}{more}", shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_inputs() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("image")).unwrap();
        fs::write(folder.path().join("image/a.tar"), "a").unwrap();
        fs::write(folder.path().join("image/b.tar"), "b").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("image/out")).unwrap();
        let inputs = Inputs::open(folder.path()).unwrap();
        assert_eq!(inputs.read_text("image/a.tar", 10).unwrap(), "a");
        assert!(inputs.read("image/a.tar", 0).is_err(), "too large");
        for name in ["../x", "/etc/passwd", "image/out", "", "image/none"] {
            assert!(inputs.resolve(name).is_err(), "{name}");
        }
        assert!(inputs.glob_one("image/a.*").is_ok());
        let ambiguous = inputs.glob_one("image/*.tar").unwrap_err();
        assert_eq!(ambiguous.message(), "`image/*.tar` matches 2 files: image/a.tar, image/b.tar");
        let missing = inputs.glob_one("image/*.zip").unwrap_err();
        assert_eq!(missing.advice(), Some("the inputs are: image"));
    }
}
