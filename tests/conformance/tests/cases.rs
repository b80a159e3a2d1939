//! All cases, by quayside.

use std::path::Path;
use std::sync::Mutex;
use std::thread;

use conformance::{Case, Quayside, Runtime, push_image};
use stack::Registry;

/// How many cases run at the same time: most of them wait most of the time.
const AT_ONCE: usize = 4;

fn cases() -> Vec<Case> {
    Case::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"))
}

/// Runs all cases that can be run there, and fails with all that differ.
fn check(quayside: &Quayside) {
    let cases = cases();
    let waiting = Mutex::new(cases.iter().filter(|case| quayside.can_run(case)));
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(case) = waiting.lock().unwrap().next() else { return };
                    let differences = case.differences(&quayside.run(case));
                    if !differences.is_empty() {
                        told.lock().unwrap().push(format!("{}:\n  {}", case.name, differences.join("\n  ")));
                    }
                }
            });
        }
    });
    let told = told.into_inner().unwrap();
    assert!(told.is_empty(), "{} cases differ:\n{}", told.len(), told.join("\n"));
}

#[test]
fn there_are_enough_cases() {
    assert!(cases().len() >= 60, "{}", cases().len());
}

#[test]
fn processes_behave_as_in_concourse() {
    check(&Quayside::new(Runtime::Process));
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
fn containers_behave_as_in_concourse() {
    let runtimes = ["runc", "crun", "youki"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here = |name: &&str| std::env::split_paths(&path).any(|folder| folder.join(name).exists());
    if !runtimes.iter().any(is_here) {
        eprintln!("skipped: none of {} is here", runtimes.join(", "));
        return;
    }
    let registry = Registry::plain();
    check(&Quayside::new(Runtime::Container { repository: push_image(&registry) }));
}
