//! The way of a commit: built, scanned, deployed, tested, promoted and deployed again; and where it is stopped.

use shop::REPOSITORY;
use stack::quay_stub::Finding;

use crate::place::open;

const TWO_WEEKS: i64 = 14 * 24 * 3600;

#[test]
fn a_commit_goes_to_production_with_the_digest_that_was_tested() {
    let shop = open();
    let digest = shop.build(&[]);
    assert_eq!(shop.expiries()["candidate"], Some(TWO_WEEKS));
    shop.succeed(&["scan", "staging"]);
    let image = format!("{}/{REPOSITORY}:candidate@{digest}", shop.servers.quay.host());
    assert_eq!(shop.runs("staging"), image);

    shop.succeed(&["promote", "production"]);
    for tag in ["1.4.1", "1.4", "1", "latest"] {
        assert_eq!(shop.tag(tag).as_ref(), Some(&digest), "{tag}");
        assert_eq!(shop.expiries()[tag], None, "{tag}");
    }
    assert!(shop.runs("production").ends_with(&digest), "{}", shop.runs("production"));
}

#[test]
fn an_image_with_a_finding_that_is_not_tolerated_goes_nowhere() {
    let shop = open();
    shop.build(&[Finding::new("CVE-2026-0001", "Critical", "openssl", "3.0.1").fixed_by("3.0.2").score(9.8)]);
    shop.run("scan", &[]).ended(1).said(&["CVE-2026-0001", "shop: scan failed"]);
    shop.run("staging", &[]).ended(2).said(&["no version of `candidate`"]);
}

#[test]
fn a_commit_whose_pods_crash_is_taken_back_and_never_promoted() {
    let shop = open();
    let good = shop.deliver();
    shop.service.break_staging();
    shop.service.build("second");
    shop.build(&[]);
    shop.succeed(&["scan"]);
    shop.run("staging", &["-v", "deploy-timeout=5s"]).ended(1).said(&["shop: staging failed and went back"]);
    assert!(shop.runs("staging").ends_with(&good), "{}", shop.runs("staging"));
    shop.run("promote", &[]).said(&["promote"]);
    assert!(shop.runs("production").ends_with(&good), "{}", shop.runs("production"));

    // The commit that mends it goes all the way.
    shop.service.mend_staging();
    let mended = shop.deliver();
    assert!(shop.runs("production").ends_with(&mended), "{}", shop.runs("production"));
}

#[test]
fn a_smoke_test_that_fails_takes_production_back() {
    let shop = open();
    let good = shop.deliver();
    shop.service.build("second");
    let second = shop.build(&[]);
    assert_ne!(second, good);
    shop.succeed(&["scan", "staging", "promote"]);
    let broken = ["-v", "production-url=https://broken.example.com"];
    shop.run("production", &broken)
        .ended(1)
        .said(&["asked https://broken", "production failed and went back"]);
    assert!(shop.runs("production").ends_with(&good), "{}", shop.runs("production"));
    assert!(shop.runs("staging").ends_with(&second), "{}", shop.runs("staging"));
}
