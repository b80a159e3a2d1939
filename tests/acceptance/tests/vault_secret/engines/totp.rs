//! Time-based one-time passwords.

use http::Method;
use serde_json::json;

use crate::setup::{call, get, mount, resource, text};

#[test]
fn a_code_is_fetched() {
    let totp = mount("totp", json!({}));
    let key = json!({"generate": true, "issuer": "quayside", "account_name": "ci", "exported": false});
    call(Method::POST, &format!("{totp}/keys/ci"), key);
    let secret = json!({"engine": "totp", "mount": totp, "path": "ci", "name": "code", "renew_every": "30s"});
    let codes = resource(json!({ "secret": secret }));
    let version = codes.check(None).json()[0].clone();
    let got = get(&codes, version, json!({}));
    assert_eq!(text(&got.json("vault.json")["code"]["code"]).len(), 6);
}
