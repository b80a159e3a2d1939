//! The way of a commit: built, scanned, deployed, tested, promoted and deployed again; and where it is stopped.

use stack::quay_stub::Finding;

use crate::place::{Place, REPOSITORY};

const TWO_WEEKS: i64 = 14 * 24 * 3600;

#[test]
fn a_commit_goes_to_production_with_the_digest_that_was_tested() {
    let place = Place::new();
    let digest = place.build(&[]);
    assert_eq!(place.expiries()["candidate"], Some(TWO_WEEKS));
    place.succeed(&["scan", "staging"]);
    let image = format!("{}/{REPOSITORY}:candidate@{digest}", place.quay.host());
    assert_eq!(place.runs("staging"), image);

    place.succeed(&["promote", "production"]);
    for tag in ["1.4.1", "1.4", "1", "latest"] {
        assert_eq!(place.tag(tag).as_ref(), Some(&digest), "{tag}");
        assert_eq!(place.expiries()[tag], None, "{tag}");
    }
    assert!(place.runs("production").ends_with(&digest), "{}", place.runs("production"));
    place.assert_no_secret_is_kept();
}

#[test]
fn an_image_with_a_finding_that_is_not_tolerated_goes_nowhere() {
    let place = Place::new();
    place
        .build(&[Finding::new("CVE-2026-0001", "Critical", "openssl", "3.0.1").fixed_by("3.0.2").score(9.8)]);
    place.run("scan", &[]).ended(1).said(&["CVE-2026-0001", "shop: scan failed"]);
    place.run("staging", &[]).ended(2).said(&["no version of `candidate`"]);
}

#[test]
fn a_commit_whose_pods_crash_is_taken_back_and_never_promoted() {
    let place = Place::new();
    let good = place.deliver();
    place.service.change("chart/staging.yaml", "plays: crash-loop\n");
    place.service.build("second");
    place.build(&[]);
    place.succeed(&["scan"]);
    place.run("staging", &["-v", "deploy-timeout=5s"]).ended(1).said(&["shop: staging failed and went back"]);
    assert!(place.runs("staging").ends_with(&good), "{}", place.runs("staging"));
    place.run("promote", &[]).said(&["promote"]);
    assert!(place.runs("production").ends_with(&good), "{}", place.runs("production"));

    // The commit that mends it goes all the way.
    place.service.change("chart/staging.yaml", "replicas: 1\n");
    let mended = place.deliver();
    assert!(place.runs("production").ends_with(&mended), "{}", place.runs("production"));
}

#[test]
fn a_smoke_test_that_fails_takes_production_back() {
    let place = Place::new();
    let good = place.deliver();
    place.service.build("second");
    let second = place.build(&[]);
    assert_ne!(second, good);
    place.succeed(&["scan", "staging", "promote"]);
    let broken = ["-v", "production-url=https://broken.example.com"];
    place
        .run("production", &broken)
        .ended(1)
        .said(&["asked https://broken", "production failed and went back"]);
    assert!(place.runs("production").ends_with(&good), "{}", place.runs("production"));
    assert!(place.runs("staging").ends_with(&second), "{}", place.runs("staging"));
}
