//! A put that is killed between its push and what comes after it.

use std::time::{Duration, Instant};

use serde_json::json;
use stack::{Fault, On};

use crate::place::{Place, image};

const LONGEST: Duration = Duration::from_secs(60);

#[test]
fn the_image_keeps_the_expiry_that_its_label_gives() {
    let place = Place::new();
    place.layout("image", &image("a"));
    let params = json!({"image": "image", "version": "1.0.0", "expires_after": "1d", "tag_expiry": "2w"});
    place.proxy.inject(On::put("/tag/1.0.0").once(), Fault::Delay(Duration::from_secs(60)));
    let payload = json!({"source": place.quay.source, "params": params});
    let mut child = place.quay.start("out", place.folder.path(), &payload);
    let begun = Instant::now();
    let reached = || place.writes().iter().any(|write| write.ends_with("/tag/1.0.0"));
    while !reached() && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < LONGEST, "the expiry was never set");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.expiry("1.0.0"), Some(86_400), "by its label");

    let outcome = place.put(&params);
    assert!(outcome.succeeded, "{}", outcome.stderr);
    let found = place.expiry("1.0.0").unwrap();
    assert!((found - 14 * 86_400).abs() < 60, "a second run finishes: {found}");
}
