//! Two puts at once, and releases that a killed run left pending.

use std::thread;

use serde_json::json;

use crate::place::Place;
use crate::puts::make_pending;

#[test]
fn a_stuck_release_is_told_and_recovered_only_when_asked() {
    let place = Place::new();
    place.deploy(json!({})).json();
    make_pending(&place, "web", 1, "pending-upgrade");
    let stuck = place.put(json!({"chart": "charts/shop", "wait_for_lock": false}));
    assert!(stuck.error().contains("revision 1 of `web` is pending-upgrade"), "{}", stuck.stderr);
    assert!(stuck.stderr.contains("`recover_after: 15m`"), "{}", stuck.stderr);
    let young = place.put(json!({"chart": "charts/shop", "wait_for_lock": false, "recover_after": "1h"}));
    young.error();
    let recovered = place.put(json!({"chart": "charts/shop", "recover_after": "0s"}));
    assert_eq!(recovered.json()["version"]["revision"], "2");
    assert!(
        recovered.stderr.contains("its writer was killed: it is marked as failed"),
        "{}",
        recovered.stderr
    );
}

#[test]
fn a_first_install_that_was_killed_is_recovered_too() {
    let place = Place::new();
    place.deploy(json!({})).json();
    make_pending(&place, "web", 1, "pending-install");
    let recovered = place.put(json!({"chart": "charts/shop", "unlock_after": "0s"}));
    assert_eq!(recovered.json()["version"], json!({"release": "web", "revision": "2", "status": "deployed"}));
}

#[test]
fn of_two_puts_at_once_both_succeed_or_one_says_that_it_lost() {
    let place = Place::new();
    place.deploy(json!({})).json();
    let outcomes: Vec<_> = thread::scope(|scope| {
        let runs = ["a", "b"].map(|greeting| {
            let place = &place;
            scope.spawn(move || place.deploy(json!({"greeting": greeting})))
        });
        runs.map(|run| run.join().unwrap()).into()
    });
    let won = outcomes.iter().filter(|outcome| outcome.succeeded).count();
    assert!(won >= 1, "{}", outcomes[0].stderr);
    for outcome in outcomes.iter().filter(|outcome| !outcome.succeeded) {
        assert!(
            outcome.error().contains("somebody else changed the release at the same time, and won"),
            "{}",
            outcome.stderr
        );
    }
    assert_eq!(place.check(None)[0]["status"], "deployed");
    place.deploy(json!({"greeting": "after"})).json();
}
