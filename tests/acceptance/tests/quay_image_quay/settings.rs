//! Repositories that are made and kept as declared.

use std::fs;

use serde_json::{Value, json};
use stack::quay_stub::Repository;

use crate::place::{EVERYTHING, Place, REPOSITORY};

const CHECK_URL: &str = "https://concourse.example.com/check/webhook?webhook_token=hook-canary";

fn ensure(place: &Place, fields: &Value) -> acceptance::Outcome {
    let mut params = json!({"action": "ensure-repository"});
    params.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    place.put(&params)
}

fn repository(place: &Place) -> Repository {
    place.stub.repository(REPOSITORY).expect("the repository")
}

/// A place with a robot, a team, and a file that declares everything.
fn stage() -> Place {
    let place = Place::new();
    place.stub.create_robot("acme+ci", &[]);
    place.stub.create_team("acme", "developers", &["ann"]);
    fs::write(
        place.folder.path().join("quay.yml"),
        "description: {file: README.md}
visibility: public
users: {acme+ci: write}
teams: {developers: read}
webhooks:
- {event: repo_push, title: new tags}
prune:
- {keep_last: 50, tag_regex: ^pr-}
- {older_than: 90d}
",
    )
    .unwrap();
    fs::write(place.folder.path().join("README.md"), "# The app\n").unwrap();
    place
}

#[test]
fn a_repository_is_made_as_declared_and_then_left_alone() {
    let place = stage();
    let params = json!({"settings_file": "quay.yml", "webhook_url": CHECK_URL});
    let outcome = ensure(&place, &params);
    assert!(outcome.succeeded, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("make the public repository acme/app"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("hook-canary"), "{}", outcome.stderr);
    let made = repository(&place);
    assert_eq!((made.description.as_str(), made.is_public), ("# The app", true));
    assert_eq!(made.users.get("acme+ci").map(String::as_str), Some("write"));
    assert_eq!(made.teams.get("developers").map(String::as_str), Some("read"));
    assert_eq!(made.notifications[0]["config"]["url"], CHECK_URL);
    assert_eq!(made.prune_policies.len(), 2);
    assert_eq!(made.prune_policies[0]["tagPattern"], "^pr-");

    place.proxy.forget_requests();
    let again = ensure(&place, &params);
    assert!(again.succeeded && again.stderr.contains("acme/app is as declared"), "{}", again.stderr);
    assert_eq!(place.writes(), Vec::<String>::new());
}

#[test]
fn only_what_differs_is_changed_and_nothing_is_taken_away() {
    let place = stage();
    let params = json!({"settings_file": "quay.yml", "webhook_url": CHECK_URL});
    ensure(&place, &params).json();
    place.stub.change(REPOSITORY, |repository| {
        repository.users.insert("acme+ci".into(), "read".into());
        repository.users.insert("bob".into(), "admin".into());
        repository.is_public = false;
        repository.notifications[0]["config"]["url"] = json!("https://old.example.com");
        repository.prune_policies[0]["value"] = json!(7);
    });
    place.proxy.forget_requests();
    let outcome = ensure(&place, &params);
    let said = [
        "make it public",
        "user acme+ci the role write",
        "change the webhook",
        "change the auto-prune policy",
    ];
    for line in said {
        assert!(outcome.stderr.contains(line), "{line}: {}", outcome.stderr);
    }
    let found = repository(&place);
    assert_eq!(found.users.get("bob").map(String::as_str), Some("admin"));
    assert_eq!(found.notifications.len(), 1);
    assert_eq!(found.notifications[0]["config"]["url"], CHECK_URL);
    assert_eq!((found.prune_policies.len(), &found.prune_policies[0]["value"]), (2, &json!(50)));
    assert_eq!(place.writes().len(), 5, "{:?}", place.writes());
}

#[test]
fn a_dry_run_only_says_what_it_would_do() {
    let place = stage();
    let params = json!({"settings_file": "quay.yml", "webhook_url": CHECK_URL, "dry_run": true});
    let outcome = ensure(&place, &params);
    assert!(outcome.stderr.contains("would make the public repository"), "{}", outcome.stderr);
    assert!(place.stub.repository(REPOSITORY).is_none());
    assert_eq!(place.writes(), Vec::<String>::new());
}

#[test]
fn a_mirror_is_set_up_and_changed() {
    let place = Place::new();
    place.stub.create_robot("acme+mirror", &[]);
    let mirror = |every: &str| {
        json!({"settings": {"mirror": {
            "source": "docker.io/library/alpine", "tags": ["3.*"], "robot": "acme+mirror", "every": every,
            "username": "ann",
        }}, "mirror_password": "mirror-canary"})
    };
    let outcome = ensure(&place, &mirror("24h"));
    assert!(outcome.succeeded && !outcome.stderr.contains("mirror-canary"), "{}", outcome.stderr);
    let found = repository(&place);
    let kept = found.mirror.unwrap();
    assert_eq!(
        (&kept["sync_interval"], &kept["external_registry_password"]),
        (&json!(86_400), &json!("mirror-canary"))
    );
    assert_eq!((&kept["root_rule"]["rule_value"], found.state.as_str()), (&json!(["3.*"]), "MIRROR"));
    let again = ensure(&place, &mirror("24h"));
    assert!(again.stderr.contains("is as declared"), "{}", again.stderr);
    let changed = ensure(&place, &mirror("12h"));
    assert!(changed.stderr.contains("change the mirror: sync_interval"), "{}", changed.stderr);
    assert_eq!(repository(&place).mirror.unwrap()["sync_interval"], 43_200);
}

#[test]
fn a_push_makes_the_repository_first() {
    let place = Place::new();
    place.layout("image", &crate::place::image("a"));
    let params = json!({
        "image": "image", "version": "1.0.0", "settings": {"description": "The app", "visibility": "public"},
    });
    assert_eq!(place.put(&params).json()["version"]["tag"], "1.0.0");
    let found = repository(&place);
    assert_eq!(
        (found.description.as_str(), found.is_public, place.tags().as_str()),
        ("The app", true, "1.0.0")
    );
}

#[test]
fn a_declaration_that_makes_no_sense_changes_nothing() {
    let place = stage();
    fs::write(place.folder.path().join("odd.yml"), "visibilty: public\n").unwrap();
    let settings = |settings: Value| json!({ "settings": settings });
    let cases = [
        ("a typo in the file", json!({"settings_file": "odd.yml"}), "visibilty"),
        ("no such file", json!({"settings_file": "none.yml"}), "none.yml"),
        ("neither", json!({}), "either `settings` or `settings_file`"),
        (
            "both",
            json!({"settings": {}, "settings_file": "quay.yml"}),
            "either `settings` or `settings_file`",
        ),
        ("no URL", json!({"settings_file": "quay.yml"}), "the webhook `new tags` has no URL"),
        ("a bad URL", json!({"settings_file": "quay.yml", "webhook_url": "concourse"}), "is none"),
        (
            "an event that Quay has not",
            settings(json!({"webhooks": [{"event": "push", "title": "x", "url": "https://x"}]})),
            "repo_push",
        ),
        (
            "a policy of nothing",
            settings(json!({"prune": [{"tag_regex": "x"}]})),
            "`keep_last` or `older_than`",
        ),
    ];
    for (case, params, expected) in cases {
        let outcome = ensure(&place, &params);
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
        assert_eq!(place.writes(), Vec::<String>::new(), "{case}");
    }
}

#[test]
fn a_robot_that_quay_does_not_know_is_named() {
    let place = Place::new();
    place.push("a=v1");
    let outcome = ensure(&place, &json!({"settings": {"users": {"acme+none": "read"}}}));
    assert!(outcome.error().contains("acme+none"), "{}", outcome.stderr);
}

#[test]
fn an_empty_repository_has_a_version_for_concourse_all_the_same() {
    let mut place = Place::new();
    place.scopes(EVERYTHING);
    let outcome = ensure(&place, &json!({"settings": {"description": "x"}}));
    assert!(outcome.json()["version"]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(outcome.stderr.contains("no_get: true"), "{}", outcome.stderr);
    place.push("a=v1");
    let outcome = ensure(&place, &json!({"settings": {"description": "x"}}));
    assert_eq!(outcome.json()["version"], crate::place::version("a", "v1"));
}
