//! No secret shows anywhere.

use std::fs;
use std::path::Path;

use acceptance::Outcome;
use serde_json::{Value, json};
use stack::{Fault, On};

use crate::place::{Place, REPOSITORY, image};

const SECRETS: [&str; 2] = ["hook-canary-1234", "mirror-canary-1234"];

/// All text in a folder and below.
fn everything_in(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &everything_in(&path);
        } else {
            text += &String::from_utf8_lossy(&fs::read(&path).unwrap());
        }
    }
    text
}

#[track_caller]
fn is_clean(case: &str, outcome: &Outcome, secrets: &[String]) {
    for secret in secrets {
        assert!(!outcome.stdout.contains(secret), "{case}: {}", outcome.stdout);
        assert!(!outcome.stderr.contains(secret), "{case}: {}", outcome.stderr);
    }
}

#[test]
fn tokens_and_passwords_are_shown_nowhere() {
    let mut place = Place::new().with(&json!({"debug": true}));
    let robot = place.stub.create_robot("acme+ci", &[(REPOSITORY, "write")]);
    place.set(&json!({"username": "acme+ci", "password": robot}));
    let token = place.quay.source["quay"]["token"].as_str().unwrap().to_owned();
    let secrets: Vec<String> = SECRETS.into_iter().map(String::from).chain([token, robot]).collect();
    place.push("a=v1");
    place.scan("a", "Critical");
    place.layout("image", &image("a"));
    let mirror =
        json!({"source": "docker.io/a", "tags": ["x"], "robot": "acme+ci", "every": "1h", "username": "u"});
    let hook = format!("https://concourse.example.com/webhook?webhook_token={}", SECRETS[0]);
    let settings = json!({"mirror": mirror, "webhooks": [{"event": "repo_push", "title": "x"}]});
    let steps: [(&str, Value); 5] = [
        (
            "push",
            json!({"image": "image", "version": "1.0.0", "tag_expiry": "2w", "quay_labels": {"team": "x"}}),
        ),
        ("scan", json!({"action": "scan", "tag": "v1"})),
        ("delete", json!({"action": "delete-tags", "delete_tags": {"tag_regex": "x"}})),
        ("restore", json!({"action": "restore", "restore": {"tag": "v1"}})),
        (
            "settings",
            json!({
                "action": "ensure-repository", "settings": settings, "webhook_url": hook,
                "mirror_password": SECRETS[1],
            }),
        ),
    ];
    for (case, params) in steps {
        is_clean(case, &place.put(&params), &secrets);
    }
    is_clean("check", &place.quay.check(None), &secrets);
    let (folder, outcome) = place.get("a", "v1", &json!({}));
    is_clean("get", &outcome, &secrets);
    let files = everything_in(folder.path());
    assert!(outcome.succeeded && secrets.iter().all(|secret| !files.contains(secret)));

    // A server that says back what it was sent.
    let echo = json!({"message": format!("{} {hook}", secrets[1..].join(" "))}).to_string();
    let answer = stack::fault_proxy::Answer::new(400).json(&echo);
    place.proxy.inject(On::path("/api/v1/"), Fault::Answer(answer));
    let outcome = place.put(&json!({"action": "restore", "restore": {"tag": "v1"}, "webhook_url": hook,
        "mirror_password": SECRETS[1]}));
    assert!(!outcome.succeeded);
    is_clean("an echo", &outcome, &secrets);
}
