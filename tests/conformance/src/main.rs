//! Runs the cases on a real Concourse and by quayside, and prints where they differ.

#![expect(clippy::print_stdout, reason = "what it finds is for people")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use concourse::Concourse;
use conformance::{Case, Peer, Quayside, Runtime, push_image};
use stack::Registry;

/// How many cases run at the same time: most of them wait most of the time.
const AT_ONCE: usize = 4;

fn main() -> ExitCode {
    let Some(concourse) = Concourse::from_environment() else {
        println!("skipped: {} to compare with", Concourse::SKIPPED);
        return ExitCode::SUCCESS;
    };
    // One registry for both sides, unless the Concourse has an image of its own.
    let own_image = std::env::var("CONCOURSE_IMAGE").ok().filter(|repository| !repository.is_empty());
    if own_image.is_none() {
        stack::listen_on(concourse.address_of_this_machine());
    }
    let registry = Registry::plain();
    let repository = push_image(&registry);
    println!("Concourse {}", concourse.version());
    let peer = Peer::new(concourse, own_image.as_ref().unwrap_or(&repository));
    let quayside = Quayside::new(Runtime::Container { repository });
    let cases = Case::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"));
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |case: &&Case| wanted.is_empty() || wanted.iter().any(|name| case.name.starts_with(name));
    let runs = cases.iter().filter(is_wanted).filter(|case| peer.can_run(case) && quayside.can_run(case));
    let (waiting, differing, ran) = (Mutex::new(runs), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(case) = waiting.lock().unwrap_or_else(PoisonError::into_inner).next() else {
                        return;
                    };
                    let is_same = compare(case, &peer, &quayside);
                    differing.fetch_add(usize::from(!is_same), Ordering::Relaxed);
                    ran.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let (ran, differing) = (ran.into_inner(), differing.into_inner());
    println!("{ran} cases, {differing} of them differ");
    if differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a case on both sides, tells where they are not as expected, and returns whether all is.
fn compare(case: &Case, peer: &Peer, quayside: &Quayside) -> bool {
    let sides = [("concourse", peer.run(case)), ("quayside", quayside.run(case))];
    let told = sides.iter().map(|(side, seen)| (side, case.differences(seen)));
    let told: Vec<_> = told.filter(|(_, differences)| !differences.is_empty()).collect();
    let mut text = format!("{} {}", if told.is_empty() { "same  " } else { "DIFFER" }, case.name);
    for (side, differences) in &told {
        differences.iter().for_each(|difference| text.push_str(&format!("\n    {side}: {difference}")));
    }
    println!("{text}");
    told.is_empty()
}
