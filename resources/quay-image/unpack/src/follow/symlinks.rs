//! The symbolic links of an image while its layers are read from the bottom up.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::InvalidPath;
use crate::path::{EntryPath, folder_of, parts};

/// How many links one path may lead through. containerd and umoci have the same limit; the kernel's is 40.
const MOST_FOLLOWED: usize = 255;
/// How many parts of paths are looked up for one image: well above what four million entries need.
const MOST_STEPS: u64 = 100_000_000;
/// The most bytes of names and targets that are kept.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// How long a link's target can be: the system's limit for names.
const LONGEST_TARGET: usize = 4095;

/// The links that are there now.
#[derive(Default)]
pub(crate) struct Symlinks {
    /// By where they are, which leads through no link.
    links: BTreeMap<EntryPath, Symlink>,
    bytes: usize,
    steps: u64,
}

struct Symlink {
    target: Vec<u8>,
    layer: usize,
}

/// Why it can't be told what a path means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// It leads through too many links: mostly in a circle.
    Loop {
        /// The last link.
        link: EntryPath,
    },
    /// What it means is too long.
    Name(InvalidPath),
    /// The image has more or longer links than can be kept, or takes too long to follow.
    TooMany,
}

impl Symlinks {
    /// Returns what `path` means, with the links on the way followed, but not what itself is. `None` if there are none.
    pub(crate) fn meaning(&mut self, path: &EntryPath) -> Result<Option<EntryPath>, Unresolved> {
        let Some((folder, name)) = path.split() else { return Ok(None) };
        let Some(folder) = self.follow(folder)? else { return Ok(None) };
        let mut meaning = folder;
        push(&mut meaning, name);
        EntryPath::parse(&meaning).map(Some).map_err(Unresolved::Name)
    }

    /// Returns where a link at `path` leads.
    pub(crate) fn target(&self, path: &EntryPath) -> Option<&[u8]> {
        self.links.get(path).map(|link| link.target.as_slice())
    }

    /// Notes that an entry takes the place of what is at `path`; a folder leaves what another folder has.
    pub(crate) fn replace(&mut self, path: &EntryPath, is_folder: bool) {
        self.forget(path);
        if !is_folder {
            self.remove_below(path, usize::MAX);
        }
    }

    /// Adds a link of a layer where nothing is.
    pub(crate) fn add(&mut self, path: EntryPath, target: &[u8], layer: usize) -> Result<(), Unresolved> {
        if target.len() > LONGEST_TARGET {
            return Err(Unresolved::Name(InvalidPath::TooLong(target.len())));
        }
        self.bytes += path.as_bytes().len() + target.len();
        if self.bytes > MOST_BYTES {
            return Err(Unresolved::TooMany);
        }
        self.links.insert(path, Symlink { target: target.to_vec(), layer });
        Ok(())
    }

    /// Notes that `layer` removes what lower layers have at `path`.
    pub(crate) fn remove(&mut self, path: &EntryPath, layer: usize) {
        if self.links.get(path).is_some_and(|link| link.layer < layer) {
            self.forget(path);
        }
        self.remove_below(path, layer);
    }

    /// Notes that `layer` removes what lower layers have below `folder`.
    pub(crate) fn remove_below(&mut self, folder: &EntryPath, layer: usize) {
        if self.links.is_empty() {
            return;
        }
        let start = if folder.is_root() { Vec::new() } else { [folder.as_bytes(), b"/"].concat() };
        let below = self.links.range::<[u8], _>((Bound::Included(start.as_slice()), Bound::Unbounded));
        let below = below.take_while(|(path, _)| path.as_bytes().starts_with(&start));
        let gone: Vec<EntryPath> =
            below.filter(|(_, link)| link.layer < layer).map(|(path, _)| path.clone()).collect();
        gone.iter().for_each(|path| self.forget(path));
    }

    fn forget(&mut self, path: &EntryPath) {
        if let Some(link) = self.links.remove(path) {
            self.bytes -= path.as_bytes().len() + link.target.len();
        }
    }

    /// Walks to `folder` as a kernel does that may not leave the root. `None` if no link is on the way.
    fn follow(&mut self, folder: &[u8]) -> Result<Option<Vec<u8>>, Unresolved> {
        if self.links.is_empty() {
            return Ok(None);
        }
        let mut followed = 0;
        let mut here: Vec<u8> = Vec::new();
        let mut ahead: Vec<&[u8]> = parts(folder).rev().collect();
        while let Some(part) = ahead.pop() {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err(Unresolved::TooMany);
            }
            match part {
                b"." => continue,
                b".." => {
                    here.truncate(folder_of(&here).len());
                    continue;
                }
                name => push(&mut here, name),
            }
            let Some(link) = self.links.get(here.as_slice()) else { continue };
            followed += 1;
            if followed > MOST_FOLLOWED {
                let link = EntryPath::parse(&here).map_err(Unresolved::Name)?;
                return Err(Unresolved::Loop { link });
            }
            let from = if link.target.starts_with(b"/") { 0 } else { folder_of(&here).len() };
            here.truncate(from);
            ahead.extend(parts(&link.target).rev());
        }
        Ok((followed > 0).then_some(here))
    }
}

fn push(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> EntryPath {
        EntryPath::parse(name.as_bytes()).unwrap()
    }

    fn links(all: &[(&str, &str)]) -> Symlinks {
        let mut links = Symlinks::default();
        for (place, target) in all {
            links.add(path(place), target.as_bytes(), 0).unwrap();
        }
        links
    }

    #[test]
    fn links_are_followed_within_the_root() {
        let mut links = links(&[
            ("bin", "usr/bin"),
            ("usr/bin", "./real/../real"),
            ("abs", "/opt//deep/"),
            ("up", "../../../etc"),
            ("d/back", "../d/e"),
            ("d/e/top", "../.."),
            ("through", "bin/../x"),
            ("root", "/"),
            ("nowhere", "gone/too"),
        ]);
        let cases = [
            ("plain/file", None),
            ("bin", None),
            ("bin/file", Some("usr/real/file")),
            ("bin/sub/file", Some("usr/real/sub/file")),
            ("usr/bin/file", Some("usr/real/file")),
            ("abs/file", Some("opt/deep/file")),
            ("up/file", Some("etc/file")),
            ("d/back/file", Some("d/e/file")),
            ("d/back/top/file", Some("file")),
            ("through/file", Some("usr/x/file")),
            ("root/file", Some("file")),
            ("root/bin", Some("bin")),
            ("root/bin/file", Some("usr/real/file")),
            ("nowhere/file", Some("gone/too/file")),
            ("binary/file", None),
        ];
        for (name, expected) in cases {
            assert_eq!(links.meaning(&path(name)), Ok(expected.map(path)), "{name}");
        }
    }

    #[test]
    fn circles_end() {
        let mut links = links(&[("a", "b"), ("b", "a"), ("c", "c/c")]);
        for (name, on_the_way) in [("a/x", ["a", "b"]), ("b/x", ["a", "b"]), ("c/x", ["c", "c"])] {
            let Err(Unresolved::Loop { link }) = links.meaning(&path(name)) else {
                panic!("{name} has an end")
            };
            assert!(on_the_way.map(path).contains(&link), "{name}: {link}");
        }
    }

    #[test]
    fn what_takes_the_place_of_links_ends_them() {
        let all = [("a", "x"), ("d/l", "x"), ("d/e/l", "x"), ("d-l", "x")];
        type Change = fn(&mut Symlinks);
        let cases: [(&str, Change, &[&str]); 7] = [
            ("an entry", |links| links.replace(&path("a"), false), &["d-l", "d/e/l", "d/l"]),
            ("a folder", |links| links.replace(&path("d"), true), &["a", "d-l", "d/e/l", "d/l"]),
            ("a file for a folder", |links| links.replace(&path("d"), false), &["a", "d-l"]),
            ("a whiteout", |links| links.remove(&path("d"), 1), &["a", "d-l"]),
            (
                "a whiteout of the same layer",
                |links| links.remove(&path("a"), 0),
                &["a", "d-l", "d/e/l", "d/l"],
            ),
            ("an opaque folder", |links| links.remove_below(&path("d/e"), 1), &["a", "d-l", "d/l"]),
            ("an opaque root", |links| links.remove_below(&path(""), 1), &[]),
        ];
        for (case, change, expected) in cases {
            let mut links = links(&all);
            change(&mut links);
            let left: Vec<String> = links.links.keys().map(ToString::to_string).collect();
            assert_eq!(left, expected, "{case}");
        }
    }
}
