//! What Quay's own API is told, at an API that repeats it.

use serde_json::{Value, json};
use stack::fault_proxy::Answer;
use stack::{Fault, FaultProxy, On};

use crate::place::{Place, assert_was_hidden, echoes, image};

/// Lets an API refuse everything, and repeat every secret that it was told in doing so.
fn repeat(api: &FaultProxy, place: &Place, told: &Value) {
    let [echo, _] = echoes(&place.secrets, told);
    let body = json!({"error_message": echo, "detail": echo}).to_string();
    api.heal();
    api.inject(On::any(), Fault::Answer(Answer::new(403).json(&body)));
}

fn api() -> FaultProxy {
    FaultProxy::in_front_of("http://127.0.0.1:9")
}

#[test]
fn tokens_for_quay_show_nothing() {
    let place = Place::with(&image());
    let api = api();
    let mut source = place.source();
    source["quay"] = json!({"url": api.url(), "token": place.secrets.get("source.quay.token")});
    repeat(&api, &place, &source);
    let checked = place.check(&source);
    assert_was_hidden("an OAuth token", &checked);
    assert_eq!(checked.json().as_array().unwrap().len(), 1, "the registry answers in the API's stead");

    let mut source = place.source();
    source["quay"] = json!({"url": api.url(), "federation": {
        "robot": "canary+robot", "token": place.secrets.get("source.quay.federation.token"),
    }});
    source.as_object_mut().unwrap().retain(|name, _| !["username", "password"].contains(&name.as_str()));
    repeat(&api, &place, &source);
    let refused = place.check(&source);
    refused.error();
    assert_was_hidden("an OIDC token", &refused);
}

#[test]
fn what_settings_hold_shows_nothing() {
    let image = image();
    let place = Place::with(&image);
    image.write_layout(&place.inputs.path().join("image"), "1");
    let api = api();
    let mut source = place.put_source();
    source["quay"] = json!({"url": api.url(), "token": place.secrets.get("source.quay.token")});
    let mut params = place.put_params("image");
    for name in ["webhook_url", "mirror_password"] {
        params[name] = json!(place.secrets.get(&format!("params.{name}")));
    }
    let url = format!("https://hooks.example.com/{}", place.secrets.get("params.settings.webhooks.0.url"));
    params["settings"] = json!({
        "webhooks": [
            {"event": "repo_push", "title": "own", "url": url},
            {"event": "repo_push", "title": "default"},
        ],
        "users": {"canary+robot": "read"},
    });
    for dry_run in [true, false] {
        params["dry_run"] = json!(dry_run);
        let payload = json!({"source": source, "params": params});
        repeat(&api, &place, &payload);
        let outcome = place.run("out", Some(place.inputs.path()), &payload.to_string(), &[]);
        assert!(!outcome.error().is_empty());
    }
}
