//! Payloads that are refused.

use serde_json::{Value, json};

use crate::place::{Place, image};

#[test]
fn a_payload_that_is_refused_shows_nothing() {
    let place = Place::with(&image());
    let (source, params) = (place.source(), place.put_params("image"));
    let whole = json!({"source": source, "params": params});
    let misspelt =
        |payload: &Value| payload.to_string().replace("password\"", "pasword\"").replace("_key", "_kye");
    let mut wrong_kind = whole.clone();
    wrong_kind["source"]["insecure"] = json!(place.secrets.get("source.password"));
    let text = whole.to_string();
    let cases: Vec<(&str, String)> = vec![
        ("lists for texts", place.secrets.payload(&|secret| json!([secret])).to_string()),
        ("maps for texts", place.secrets.payload(&|secret| json!({"x": secret})).to_string()),
        ("secrets for keys", place.secrets.payload(&|secret| json!({secret: 1})).to_string()),
        ("misspelt keys", misspelt(&whole)),
        ("a secret for a flag", wrong_kind.to_string()),
        ("cut off in a secret", text[..text.len() * 2 / 3].to_owned()),
        ("no comma", text.replace(",\"", " \"")),
        ("not an object", json!([whole]).to_string()),
        ("a text", json!(text).to_string()),
        ("no repository", place.secrets.payload(&|secret| json!(secret)).to_string()),
    ];
    for (case, payload) in cases {
        for (verb, folder) in [("check", None), ("in", Some(&place.fetched)), ("out", Some(&place.inputs))] {
            let outcome = place.run(verb, folder.map(stack::Folder::path), &payload, &[]);
            assert!(!outcome.error().is_empty(), "{case}, {verb}");
        }
    }
    assert!(place.proxy.requests().is_empty(), "nothing was asked");
}

#[test]
fn unknown_keys_that_are_tolerated_show_nothing() {
    let place = Place::with(&image());
    let mut source = place.source();
    source["allow_unknown_keys"] = json!(true);
    source["pasword"] = json!(place.secrets.get("source.password"));
    source["more"] = json!({"token": [place.secrets.get("source.password")]});
    let outcome = place.check(&source);
    outcome.json();
    assert!(outcome.stderr.contains("`source.pasword`"), "{}", outcome.stderr);
}
