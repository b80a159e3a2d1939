//! A put that is killed at any moment, or aborted.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stack::image::{Builder, Index, Remote};
use stack::{Fault, On};

use crate::place::{Place, image, other_image};

const LONGEST: Duration = Duration::from_secs(60);

/// Writes an index of two images below the inputs, and returns a payload that pushes it as `latest`, 1.0.0 and more.
fn payload(place: &Place, repository: &str) -> Value {
    let arm = Builder::new().platform("linux/arm64").build();
    let layout = place.layout("image", &Index::of([image(), arm]).build());
    json!({
        "source": {"repository": format!("{}/{repository}", place.proxy.host()), "tag": "latest"},
        "params": {"image": layout, "version": "1.0.0", "bump_aliases": true},
    })
}

fn start(place: &Place, payload: &Value) -> Child {
    place.quay.start("out", place.inputs.path(), payload)
}

#[track_caller]
fn finish(place: &Place, payload: &Value) {
    let outcome = place.quay.run("out", Some(place.inputs.path()), &payload.to_string());
    assert!(outcome.succeeded, "{}", outcome.stderr);
}

/// Waits until something is so, and returns whether the put was then still running.
fn wait(child: &mut Child, what: &str, so: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while !so() && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < LONGEST, "{what} never came");
        std::thread::sleep(Duration::from_micros(200));
    }
    child.try_wait().unwrap().is_none()
}

/// Returns what a manifest leads to that isn't there.
fn missing(remote: &Remote, repository: &str, manifest: &Value) -> Vec<String> {
    let named = |field: &str| -> Vec<String> {
        let entries = manifest[field].as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["digest"].as_str().unwrap().to_owned()).collect()
    };
    let children =
        named("manifests").into_iter().flat_map(|child| match remote.manifest(repository, &child) {
            Some(manifest) => missing(remote, repository, &manifest),
            None => vec![child],
        });
    let config = manifest["config"]["digest"].as_str().map(str::to_owned);
    let blobs = named("layers").into_iter().chain(config);
    let blobs = blobs.filter(|digest| remote.blob(repository, digest).is_none());
    children.chain(blobs).collect()
}

#[test]
fn no_tag_ever_leads_to_a_broken_image() {
    let place = Place::new();
    finish(&place, &payload(&place, "killed/never"));
    let total = place.proxy.requests().len();
    let remote = place.remote();
    let mut interrupted = 0;
    for moment in 1..=total {
        let repository = format!("killed/at-{moment}");
        other_image().push(&place.registry, &repository, "latest");
        let payload = payload(&place, &repository);
        place.proxy.forget_requests();
        let mut child = start(&place, &payload);
        let running = wait(&mut child, "that request", || place.proxy.requests().len() >= moment);
        interrupted += usize::from(running);
        child.kill().unwrap();
        child.wait().unwrap();
        // The registry lists a tag an instant before it names something; such a one leads nowhere yet.
        for tag in remote.tags(&repository) {
            let Some(manifest) = remote.manifest(&repository, &tag) else { continue };
            let missing = missing(&remote, &repository, &manifest);
            assert_eq!(missing, Vec::<String>::new(), "tag {tag} after request {moment} of {total}");
        }
        finish(&place, &payload);
    }
    assert!(interrupted > total / 2, "only {interrupted} of {total} puts were killed before their end");
}

#[test]
fn an_abort_moves_tags_back_and_ends_soon() {
    const REPOSITORY: &str = "aborted/app";
    let place = Place::new();
    other_image().push(&place.registry, REPOSITORY, "latest");
    let latest = || place.remote().digest(REPOSITORY, "latest");
    place.proxy.inject(On::put("/manifests/1.0.0"), Fault::Delay(Duration::from_secs(30)));
    let mut child = start(&place, &payload(&place, REPOSITORY));
    let reached = || {
        place
            .proxy
            .requests()
            .iter()
            .any(|request| request.path.ends_with("/manifests/1.0.0") && request.method == "PUT")
    };
    assert!(wait(&mut child, "the second tag", reached), "the put ended before its second tag");
    assert_ne!(latest().as_deref(), Some(other_image().digest()), "moved for now");
    let aborted = Instant::now();
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(aborted.elapsed() < Duration::from_secs(5), "{:?}", aborted.elapsed());
    assert_eq!(latest().as_deref(), Some(other_image().digest()));
}
