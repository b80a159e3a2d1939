//! A tarball as a set of files, each found by where it stands.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Component, Path};
use std::sync::Arc;

use kit::{Context, Error, Result};
use tar::EntryType;

use crate::put::content::{Compression, Section};

/// How many entries are read before a tarball is taken for something else than an image, which has a few hundred.
const MOST_ENTRIES: usize = 100_000;
/// How long a chain of links may be.
const MOST_LINKS: usize = 16;
/// How many names a message shows.
const NAMES_SHOWN: usize = 5;

/// Where each file of a tarball stands. Its content stays where it is.
#[derive(Debug)]
pub(super) struct Tarball {
    path: Arc<Path>,
    compression: Compression,
    entries: HashMap<String, Entry>,
    /// The first names, for messages.
    first: Vec<String>,
}

#[derive(Debug)]
enum Entry {
    File { offset: u64, length: u64 },
    Link(String),
}

impl Tarball {
    /// Reads where the files of a tarball stand.
    ///
    /// # Errors
    /// When it is cut off, or no tarball.
    pub(super) fn open(path: &Path, compression: Compression) -> Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut tarball = Self { path: path.into(), compression, entries: HashMap::new(), first: Vec::new() };
        match compression {
            Compression::None => {
                let mut archive = tar::Archive::new(BufReader::new(file));
                let entries =
                    archive.entries_with_seek()?.map(|entry| entry.and_then(|entry| Found::of(&entry)));
                tarball.index(entries, Some(size))?;
            }
            _ => {
                let mut archive = tar::Archive::new(compression.decompress(BufReader::new(file))?);
                let entries = archive.entries()?.map(|entry| entry.and_then(|entry| Found::of(&entry)));
                tarball.index(entries, None)?;
            }
        }
        Ok(tarball)
    }

    /// Finds a file, following links.
    ///
    /// # Errors
    /// When links lead round in a circle.
    pub(super) fn find(&self, name: &str) -> Result<Option<Section>> {
        let mut name = normalize(Path::new(name));
        for _ in 0..MOST_LINKS {
            match self.entries.get(&name) {
                None => return Ok(None),
                Some(Entry::Link(target)) => name.clone_from(target),
                Some(&Entry::File { offset, length }) => {
                    let (path, compression) = (Arc::clone(&self.path), self.compression);
                    return Ok(Some(Section { path, compression, offset, length }));
                }
            }
        }
        Err(Error::new(format!("the links of `{name}` in the tarball have no end")))
    }

    /// Says what is in the tarball, as in "a tarball with `etc/passwd`, `bin/sh` and more".
    pub(super) fn describe(&self) -> String {
        if self.first.is_empty() {
            return "an empty tarball".into();
        }
        let names: Vec<_> = self.first.iter().map(|name| format!("`{name}`")).collect();
        let more = if self.entries.len() > names.len() { " and more" } else { "" };
        format!("a tarball with {}{more}", names.join(", "))
    }

    /// Of several entries with one name the first counts, as it does for go-containerregistry.
    fn index(&mut self, entries: impl Iterator<Item = io::Result<Found>>, size: Option<u64>) -> Result<()> {
        for found in entries {
            let found = found.map_err(cut_off_or_foreign)?;
            let Some(entry) = found.entry else { continue };
            if let Entry::File { offset, length } = entry
                && size.is_some_and(|size| offset.checked_add(length).is_none_or(|end| end > size))
            {
                return Err(cut_off(&format!("it ends within `{}`", found.name)));
            }
            if self.entries.len() == MOST_ENTRIES {
                break;
            }
            if self.first.len() < NAMES_SHOWN {
                self.first.push(found.name.clone());
            }
            self.entries.entry(found.name).or_insert(entry);
        }
        Ok(())
    }
}

/// One entry of the tarball: `None` for folders and what else has no content.
struct Found {
    name: String,
    entry: Option<Entry>,
}

impl Found {
    fn of<R: Read>(entry: &tar::Entry<'_, R>) -> io::Result<Self> {
        let path = entry.path()?;
        let name = normalize(&path);
        let target = || Ok::<_, io::Error>(entry.link_name()?.unwrap_or_default().into_owned());
        let entry = match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {
                Some(Entry::File { offset: entry.raw_file_position(), length: entry.size() })
            }
            // The target of a symbolic link is relative to the link, that of a hard link to the archive.
            EntryType::Symlink => {
                let folder = path.parent().unwrap_or(Path::new(""));
                Some(Entry::Link(normalize(&folder.join(target()?))))
            }
            EntryType::Link => Some(Entry::Link(normalize(&target()?))),
            EntryType::GNUSparse => {
                return Err(io::Error::new(io::ErrorKind::Unsupported, format!("`{name}` is a sparse file")));
            }
            _ => None,
        };
        Ok(Self { name, entry })
    }
}

/// Returns a name without `.`, `..`, double and leading slashes.
fn normalize(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => drop(parts.pop()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    parts.join("/")
}

fn cut_off(detail: &str) -> Error {
    Error::new(format!("the tarball is cut off: {detail}"))
        .hint("was its building or copying stopped, or did a disk run full?")
}

fn cut_off_or_foreign(problem: io::Error) -> Error {
    let text = problem.to_string();
    let ended = problem.kind() == io::ErrorKind::UnexpectedEof
        || text.contains("unexpected EOF")
        || text.contains("failed to read entire block")
        || text.contains("incomplete frame");
    match ended {
        true => cut_off("it ends within an entry"),
        false => Err::<(), _>(problem).context(|| "the tarball is malformed".into()).unwrap_err(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_detours() {
        let cases = [
            ("./a/b", "a/b"),
            ("/a//b/", "a/b"),
            ("a/../b", "b"),
            ("../../b", "b"),
            ("x/../../manifest.json", "manifest.json"),
        ];
        for (name, expected) in cases {
            assert_eq!(normalize(Path::new(name)), expected, "{name}");
        }
    }
}
