//! The record of runs, on a file of its own.

use super::*;
use crate::engine::Made;
use crate::outcome::Status;
use crate::scheduling::Used;
use crate::version::Version;

fn state() -> (tempfile::TempDir, State) {
    let folder = tempfile::tempdir().unwrap();
    let state = State::open(&folder.path().join("state.sqlite")).unwrap();
    (folder, state)
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

const REPOSITORY: CheckedResource<'static> =
    CheckedResource { pipeline: "p", resource: "repo", settings: "git a" };

/// What it is about, what each check found, and what is known in the end.
type Checks<'a> = (&'a str, &'a [&'a [&'a str]], &'a [&'a str]);

#[test]
fn versions_keep_the_order_of_checks() {
    let cases: &[Checks<'_>] = &[
        ("first check", &[&["v:1", "v:2"]], &["v:1", "v:2"]),
        ("the cursor comes again, and one more", &[&["v:1"], &["v:1", "v:2"]], &["v:1", "v:2"]),
        ("nothing new", &[&["v:1", "v:2"], &["v:1"]], &["v:1", "v:2"]),
        (
            "an old one comes again with a new one",
            &[&["v:1", "v:2"], &["v:1", "v:3"]],
            &["v:2", "v:1", "v:3"],
        ),
        ("nothing found", &[&["v:1"], &[]], &["v:1"]),
    ];
    for (case, checks, expected) in cases {
        let (_folder, mut state) = state();
        for check in *checks {
            let found: Vec<Version> = check.iter().map(|text| version(text)).collect();
            state.keep_versions(&REPOSITORY, &found).unwrap();
        }
        let kept: Vec<String> =
            state.versions(&REPOSITORY).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(kept, *expected, "{case}");
    }
}

#[test]
fn another_source_has_other_versions() {
    let (_folder, mut state) = state();
    state.keep_versions(&REPOSITORY, &[version("v:1")]).unwrap();
    let other = CheckedResource { settings: "git b", ..REPOSITORY };
    assert_eq!(state.versions(&other).unwrap(), []);
}

#[test]
fn runs_are_counted_by_job() {
    let (_folder, mut state) = state();
    let mut begin = |pipeline, job| {
        let run = state.begin_run(&NewRun { pipeline, job, title: "x", started: 1 }).unwrap();
        (run.id, run.number)
    };
    assert_eq!(begin("p", Some("build")), (1, Some(1)));
    assert_eq!(begin("p", Some("test")), (2, Some(1)));
    assert_eq!(begin("", None), (3, None));
    assert_eq!(begin("p", Some("build")), (4, Some(2)));
    assert_eq!(begin("q", Some("build")), (5, Some(1)));
}

#[test]
fn what_a_run_used_and_made_is_found_again() {
    let (folder, mut state) = state();
    let new = NewRun { pipeline: "p", job: Some("build"), title: "build", started: 5 };
    let run = state.begin_run(&new).unwrap();
    let used = Used { input: "src".into(), resource: "repo".into(), version: version("ref:a") };
    let made = Made { resource: "image".into(), version: version("digest:sha256:1") };
    state.note_inputs(run.id, std::slice::from_ref(&used)).unwrap();
    state.end_run(run.id, Status::Failed, std::slice::from_ref(&made), 9).unwrap();
    let again = State::open(&folder.path().join("state.sqlite")).unwrap();
    let past = again.past_runs("p").unwrap();
    assert_eq!((past[0].used.as_slice(), past[0].made.as_slice()), (&[used][..], &[made][..]));
    assert!(!past[0].succeeded);
    let run = again.run(run.id).unwrap().unwrap();
    assert_eq!((run.status, run.ended), (Some(Status::Failed), Some(9)));
    assert_eq!(again.newest_runs(5).unwrap(), [run]);
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.sqlite");
    drop(State::open(&file).unwrap());
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(State::open(&file).err().unwrap().to_string().contains("newer quayside"));
}

/// Returns all bytes of the file and its journal.
fn on_disk(folder: &std::path::Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap().flatten();
    files.flat_map(|file| std::fs::read(file.path()).unwrap()).collect()
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

const SECRET: CheckedResource<'static> =
    CheckedResource { settings: r#"git {"token":"state-canary"}"#, ..REPOSITORY };

#[test]
fn settings_are_kept_as_a_digest_that_others_cannot_read() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, mut state) = state();
    state.keep_versions(&SECRET, &[version("v:1")]).unwrap();
    assert_eq!(state.versions(&SECRET).unwrap(), [version("v:1")]);
    assert!(!has(&on_disk(folder.path()), "state-canary"));
    for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn a_file_of_the_first_version_keeps_its_versions_and_loses_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.sqlite");
    let old = rusqlite::Connection::open(&file).unwrap();
    old.pragma_update(None, "journal_mode", "wal").unwrap();
    old.execute_batch(schema::TABLES).unwrap();
    for number in 1..=200 {
        let values = rusqlite::params![SECRET.settings, format!(r#"{{"v":"{number}"}}"#), number];
        old.execute("INSERT INTO versions VALUES ('p', 'repo', ?1, ?2, ?3)", values).unwrap();
    }
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    assert!(has(&on_disk(folder.path()), "state-canary"));
    let state = State::open(&file).unwrap();
    assert_eq!(state.versions(&SECRET).unwrap().len(), 200);
    assert!(!has(&on_disk(folder.path()), "state-canary"));
}
