//! Finding task files: in folders that stand for artifacts, and in the working tree that the pipeline is in.

use std::path::{Component, Path, PathBuf};

use lint::{FoundTaskFile, Lookup, TaskFileFinder};

use crate::inputs::read_text;

/// Folders that stand for artifacts.
pub(crate) struct Folders {
    named: Vec<(String, PathBuf)>,
    repository: Option<Repository>,
}

/// The working tree that the pipeline's file is in.
struct Repository {
    root: PathBuf,
    remotes: Vec<String>,
}

impl Folders {
    /// Takes folders by artifact, and the working tree around a pipeline's file.
    pub(crate) fn new(named: Vec<(String, PathBuf)>, pipeline: &Path) -> Self {
        Self { named, repository: Repository::around(pipeline) }
    }

    fn folder(&self, lookup: &Lookup<'_>) -> Option<&Path> {
        if let Some((_, folder)) = self.named.iter().find(|(name, _)| name == lookup.artifact) {
            return Some(folder);
        }
        let repository = self.repository.as_ref()?;
        repository.is_of(lookup.repository?).then_some(&repository.root)
    }
}

impl TaskFileFinder for Folders {
    fn find(&self, lookup: &Lookup<'_>) -> FoundTaskFile {
        let Some(folder) = self.folder(lookup) else { return FoundTaskFile::Unknown };
        let stays_inside = Path::new(lookup.path)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !stays_inside {
            return FoundTaskFile::Unknown;
        }
        let path = folder.join(lookup.path);
        match read_text(&path) {
            Ok(text) => FoundTaskFile::Found { name: shown(&path), text },
            Err(_) => FoundTaskFile::Missing { looked_at: shown(&path) },
        }
    }
}

impl Repository {
    fn around(pipeline: &Path) -> Option<Self> {
        let start =
            pipeline.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let repository = git2::Repository::discover(start).ok()?;
        let root = repository.workdir()?.to_owned();
        let names = repository.remotes().ok()?;
        let urls = names.iter().flatten().flatten().filter_map(|name| {
            let remote = repository.find_remote(name).ok()?;
            remote.url().ok().map(str::to_owned)
        });
        Some(Self { remotes: urls.collect(), root })
    }

    /// Returns whether a `uri` is that of this working tree: one of its remotes, or, without remotes, one
    /// that ends in the folder's name.
    fn is_of(&self, uri: &str) -> bool {
        let wanted = normalised(uri);
        if self.remotes.iter().any(|remote| normalised(remote) == wanted) {
            return true;
        }
        let folder = self.root.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.remotes.is_empty() && wanted.rsplit('/').next() == Some(folder)
    }
}

/// Makes the ways to write a repository's address alike: `git@host:a/b.git` and `https://host/a/b`.
fn normalised(uri: &str) -> String {
    let without_scheme = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let without_user = without_scheme.rsplit_once('@').map_or(without_scheme, |(_, rest)| rest);
    without_user.replace(':', "/").trim_end_matches('/').trim_end_matches(".git").to_ascii_lowercase()
}

/// Shows a path relative to the current folder where that is shorter.
fn shown(path: &Path) -> String {
    let current = std::env::current_dir().ok();
    let relative = current.and_then(|current| path.strip_prefix(current).ok().map(Path::to_owned));
    relative.as_deref().unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn addresses_of_one_repository_are_alike() {
        let same = [
            "git@github.com:Team/app.git",
            "https://github.com/team/app",
            "ssh://git@github.com/team/app.git/",
            "https://user:pw@github.com/team/app.git",
        ];
        for address in same {
            assert_eq!(normalised(address), "github.com/team/app", "{address}");
        }
    }
}
