//! What gets brought before, so that the same version need not be fetched again, in this run or another.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::executor::make_private;
use super::remove::remove_folder;
use crate::cancellation::Cancellation;
use crate::executor::{Ended, Fetched, GetRequest, Program};
use crate::outcome::{Problem, problem_of};
use crate::version::Metadata;
use crate::volume::Volume;

/// What nobody used for this long is removed.
const UNUSED: Duration = Duration::from_secs(14 * 24 * 3600);
/// How often is looked whether another has fetched what is wanted.
const TURN: Duration = Duration::from_millis(50);
const FACTS: &str = "facts.json";
const FILES: &str = "files";
const LOCKS: &str = "locks";

/// The folder of fetched versions.
#[derive(Clone, Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Facts {
    metadata: Vec<Metadata>,
}

impl Store {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns what is stored for a get, or fetches it. Says whether it was stored.
    ///
    /// One at a time fetches the same version, also of several runs; the others then find it.
    pub(super) async fn get(
        &self,
        request: &GetRequest,
        fetch: impl AsyncFnOnce(&Path) -> Result<Ended<Vec<Metadata>>, Problem>,
        until: &Cancellation,
    ) -> Result<(Ended<Fetched>, bool), Problem> {
        let key = key(request);
        let place = self.folder.join(&key);
        if let Some(fetched) = stored(&place) {
            return Ok((Ended::Well(fetched), true));
        }
        let failed = |error| problem_of("cannot store what is fetched", error);
        let turn = self.lock_file(&key).map_err(failed)?;
        if !wait_for(&turn, until).await.map_err(failed)? {
            return Err(until.problem().unwrap_or_else(Problem::interrupted));
        }
        if let Some(fetched) = stored(&place) {
            return Ok((Ended::Well(fetched), true));
        }
        let unfinished = self.folder.join(format!("{key}.unfinished"));
        // What a run left that was killed.
        let _leftover = remove_folder(&unfinished);
        make_private(&unfinished.join(FILES)).map_err(failed)?;
        let ended = fetch(&unfinished.join(FILES)).await;
        let kept = match ended {
            Ok(Ended::Well(metadata)) => keep(&unfinished, &place, metadata).map(Ended::Well).map_err(failed),
            Ok(Ended::Badly(status)) => Ok(Ended::Badly(status)),
            Err(problem) => Err(problem),
        };
        if !matches!(kept, Ok(Ended::Well(_))) {
            let _removed = remove_folder(&unfinished);
        }
        kept.map(|ended| (ended, false))
    }

    /// Removes what was not used for long.
    pub(super) fn tidy(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name() == LOCKS || !is_unused(&path) {
                continue;
            }
            // Who uses it this very moment has just noted so.
            let _removed = remove_folder(&path);
        }
    }

    fn lock_file(&self, key: &str) -> io::Result<File> {
        let locks = self.folder.join(LOCKS);
        make_private(&locks)?;
        File::options().create(true).truncate(false).write(true).open(locks.join(key))
    }
}

/// Waits for our turn. Returns whether it came before we have to stop.
async fn wait_for(turn: &File, until: &Cancellation) -> io::Result<bool> {
    loop {
        match turn.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        tokio::select! {
            _ = until.stopped() => return Ok(false),
            () = tokio::time::sleep(TURN) => {}
        }
    }
}

/// Gives what was fetched its final name.
fn keep(unfinished: &Path, place: &Path, metadata: Vec<Metadata>) -> io::Result<Fetched> {
    let facts = Facts { metadata };
    fs::write(unfinished.join(FACTS), serde_json::to_vec(&facts)?)?;
    fs::rename(unfinished, place)?;
    Ok(Fetched { volume: Volume::new(place.join(FILES)), metadata: facts.metadata })
}

fn stored(place: &Path) -> Option<Fetched> {
    let file = File::open(place.join(FACTS)).ok()?;
    let facts: Facts = serde_json::from_reader(&file).ok()?;
    // When it was used last. That only delays when it is removed.
    let note = File::options().append(true).open(place.join(FACTS));
    let _noted = note.and_then(|file| file.set_modified(SystemTime::now()));
    Some(Fetched { volume: Volume::new(place.join(FILES)), metadata: facts.metadata })
}

/// What has no facts was never finished; then its folder tells the age.
fn is_unused(place: &Path) -> bool {
    let used =
        fs::metadata(place.join(FACTS)).or_else(|_| fs::metadata(place)).and_then(|found| found.modified());
    let age = used.ok().and_then(|used| SystemTime::now().duration_since(used).ok());
    age.is_some_and(|age| age > UNUSED)
}

/// Returns what tells a get from others: type, source, version and params. It is a hash, since there are secrets in it.
fn key(request: &GetRequest) -> String {
    let program = match &request.resource.program {
        Program::Base(kind) => kind.clone(),
        Program::Image(image) => image.identity.clone(),
    };
    let mut hash = Sha256::new();
    let params = request.params.as_ref().map(ToString::to_string).unwrap_or_default();
    for part in [&program, &request.resource.source.to_string(), &request.version.to_json(), &params] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::executor::Resource;
    use crate::version::Version;

    fn request(version: &str) -> GetRequest {
        let program = Program::Base("x".into());
        GetRequest {
            name: "r".into(),
            resource: Resource { name: None, kind: "x".into(), program, source: json!({}) },
            version: Version::parse(version).unwrap(),
            params: None,
            environment: Vec::new(),
        }
    }

    async fn write(into: &Path) -> Result<Ended<Vec<Metadata>>, Problem> {
        fs::write(into.join("file"), "x").unwrap();
        Ok(Ended::Well(Vec::new()))
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_version_is_fetched_once_also_by_two_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("store"));
        let until = Cancellation::new();
        let slowly = async |into: &Path| {
            tokio::time::sleep(TURN * 2).await;
            write(into).await
        };
        let wanted = request("v:1");
        let (one, other) =
            tokio::join!(store.get(&wanted, slowly, &until), store.get(&wanted, slowly, &until));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((one.1, other.1), (false, true));
        assert_eq!(one.0, other.0);
        assert!(!store.get(&request("v:2"), write, &until).await.unwrap().1);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("store"));
        let until = Cancellation::new();
        let badly = async |into: &Path| {
            fs::write(into.join("half"), "x").unwrap();
            Ok(Ended::Badly(3))
        };
        assert_eq!(store.get(&request("v:1"), badly, &until).await.unwrap(), (Ended::Badly(3), false));
        let left: Vec<_> = fs::read_dir(folder.path().join("store")).unwrap().flatten().collect();
        assert_eq!(left.iter().map(fs::DirEntry::file_name).collect::<Vec<_>>(), [LOCKS]);
        assert!(!store.get(&request("v:1"), write, &until).await.unwrap().1);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_nobody_used_for_long_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("store"));
        let until = Cancellation::new();
        for version in ["v:old", "v:new"] {
            store.get(&request(version), write, &until).await.unwrap();
        }
        let facts = folder.path().join("store").join(key(&request("v:old"))).join(FACTS);
        let long_ago = SystemTime::now() - UNUSED * 2;
        File::options().append(true).open(facts).unwrap().set_modified(long_ago).unwrap();
        store.tidy();
        assert!(!store.get(&request("v:old"), write, &until).await.unwrap().1);
        assert!(store.get(&request("v:new"), write, &until).await.unwrap().1);
    }
}
