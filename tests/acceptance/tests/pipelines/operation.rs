//! What is done to production beside deliveries: freezes, going back, and the nightly look.

use http::Method;
use serde_json::json;

use crate::place::{cluster, open};
use crate::webhook::Webhook;

#[test]
fn nothing_is_released_during_a_freeze() {
    let shop = open();
    shop.build(&[]);
    shop.succeed(&["scan", "staging", "promote"]);
    let frozen = ["-v", "production-freeze=2020-01-01/2020-01-05 2021-01-01/2999-12-31"];
    let message = "nothing is released during the freeze 2021-01-01/2999-12-31";
    shop.run("production", &frozen).ended(1).said(&[message]);
    let over = ["-v", "production-freeze=2020-01-01/2020-01-05"];
    shop.run("production", &over).ended(0).said(&["no freeze today", "shop: released"]);
}

#[test]
fn production_goes_back_by_hand() {
    let shop = open();
    let first = shop.deliver();
    shop.service.build("second");
    let second = shop.deliver();
    shop.succeed(&["roll-back"]);
    assert!(shop.runs("production").ends_with(&first), "{}", shop.runs("production"));
    let to_the_second = ["--version", "production=release:shop,revision:2,status:deployed"];
    shop.run("roll-back-to", &to_the_second).ended(0);
    assert!(shop.runs("production").ends_with(&second), "{}", shop.runs("production"));
}

#[test]
fn the_nightly_job_finds_what_was_changed_by_hand() {
    let shop = open();
    shop.deliver();
    shop.succeed(&["nightly"]);
    let change = json!({"spec": {"replicas": 5}});
    let deployment = shop.deployment("production");
    let mut object = cluster().call(Method::GET, &deployment, None);
    object["spec"]["replicas"] = change["spec"]["replicas"].clone();
    cluster().call(Method::PUT, &deployment, Some(&object));
    shop.run("nightly", &[]).ended(1).said(&["replicas", "production differs from what was deployed"]);
}

#[test]
fn a_webhook_is_told_what_became_of_a_commit() {
    let (shop, webhook) = (open(), Webhook::start());
    let hook = ["-v", &format!("notify-webhook={}", webhook.url())];
    shop.build(&[]);
    shop.succeed(&["scan", "staging", "promote"]);
    shop.run("production", &hook).ended(0);
    assert_eq!(webhook.texts(), ["shop: released"]);

    shop.service.break_staging();
    shop.service.build("second");
    shop.build(&[]);
    shop.succeed(&["scan"]);
    shop.run("staging", &[&hook[..], &["-v", "deploy-timeout=5s"]].concat()).ended(1);
    assert_eq!(webhook.texts(), ["shop: staging failed and went back"]);

    shop.service.change("ci/test.yml", "platform: linux\nrun: {path: 'false'}\n");
    shop.run("build", &hook).ended(1);
    assert_eq!(webhook.texts(), ["shop: build failed"]);
}

#[test]
fn production_waits_for_people_to_approve_the_digest() {
    let shop = open();
    let digest = shop.build(&[]);
    shop.succeed(&["scan", "staging", "promote"]);
    let two = ["-v", "production-approvals=2"];
    let file = format!("approvals/shop/{}", digest.trim_start_matches("sha256:"));
    shop.run("production", &two).ended(1).said(&["0 of 2 approvals", &file]);
    assert_eq!(shop.runs("production"), "");

    // Approvals are commits that build nothing: the release stays what passed `promote`.
    shop.service.change(&file, "Approved-by: Ann\n");
    shop.run("production", &two).ended(1).said(&["1 of 2 approvals"]);
    shop.service.change(&file, "Approved-by: Ann\nApproved-by: Bob\n");
    shop.run("production", &two).ended(0).said(&["2 of 2 approvals", "shop: released"]);
    assert!(shop.runs("production").ends_with(&digest), "{}", shop.runs("production"));
}
