//! A get that is aborted or killed.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::json;
use stack::image::Content;
use stack::{Fault, On};

use crate::place::{Place, image, large_layer, version};

const LONGEST: Duration = Duration::from_secs(60);

/// Starts a get whose large layer comes to a halt, and returns when it was asked for.
fn start(place: &Place, image: &Content, format: &str) -> Child {
    place.proxy.inject(On::get(large_layer(image)), Fault::Delay(LONGEST));
    let payload =
        json!({"source": place.quay.source, "version": version(image), "params": {"format": format}});
    let mut child = place.quay.start("in", place.folder.path(), &payload);
    let begun = Instant::now();
    let partial = || place.names().iter().any(|name| name.contains("partial"));
    while !(partial() && place.blob_requests() >= 3) {
        assert!(begun.elapsed() < LONGEST, "the get never began");
        assert!(child.try_wait().unwrap().is_none(), "the get ended");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn an_aborted_get_ends_soon_and_leaves_nothing() {
    let image = image();
    for format in ["rootfs", "oci", "oci-layout"] {
        for signal in ["TERM", "INT"] {
            let place = Place::with(&image);
            let mut child = start(&place, &image, format);
            let begun = Instant::now();
            let killed = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
            assert!(killed.success());
            let status = child.wait().unwrap();
            assert!(!status.success(), "{format}, {signal}");
            assert!(begun.elapsed() < Duration::from_secs(5), "{format}, {signal}: {:?}", begun.elapsed());
            assert!(place.names().is_empty(), "{format}, {signal}: {:?}", place.names());
        }
    }
}

#[test]
fn a_killed_get_leaves_nothing_under_its_final_name() {
    let image = image();
    let place = Place::with(&image);
    let mut child = start(&place, &image, "rootfs");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.names().iter().any(|name| name == "rootfs"), "{:?}", place.names());
    place.proxy.heal();
    place.get(&image, &json!({})).json();
    assert!(!place.names().iter().any(|name| name.contains("partial")), "{:?}", place.names());
}
