//! Signatures, ciphers and digests by keys that stay in Vault.

use http::Method;
use serde_json::{Value, json};

use crate::setup::{call, get, mount, resource, text};

#[test]
fn texts_are_signed_digested_encrypted_and_decrypted() {
    let transit = mount("transit", json!({}));
    call(Method::POST, &format!("{transit}/keys/sign"), json!({"type": "ed25519"}));
    call(Method::POST, &format!("{transit}/keys/cipher"), json!({"type": "aes256-gcm96"}));
    let entry = |operation: &str, keys: Value| {
        let mut entry = json!({"path": format!("{transit}/{operation}"), "name": operation});
        crate::setup::merge(&mut entry, keys);
        entry
    };
    let secrets = json!([
        entry("sign/sign", json!({"text": "hello"})),
        entry("hmac/cipher", json!({"text": "hello"})),
        entry("encrypt/cipher", json!({"text": "hello transit"})),
    ]);
    let source = resource(json!({ "secrets": secrets }));
    let version = source.check(None).json()[0].clone();
    assert!(version.as_object().unwrap().values().all(|state| state == "0"), "{version}");
    let got = get(&source, version, json!({}));
    let found = got.json("vault.json");
    let signature = text(&found["sign/sign"]["signature"]);
    let verified = call(
        Method::POST,
        &format!("{transit}/verify/sign"),
        json!({"input": "aGVsbG8=", "signature": signature}),
    );
    assert_eq!(verified["data"]["valid"], true);
    assert!(text(&found["hmac/cipher"]["hmac"]).starts_with("vault:v1:"));
    let ciphertext = text(&found["encrypt/cipher"]["ciphertext"]);
    let decrypt = json!([entry("decrypt/cipher", json!({"params": {"ciphertext": ciphertext}}))]);
    let got = get(&resource(json!({})), json!({"version": "0"}), json!({ "secrets": decrypt }));
    assert_eq!(got.json("vault.json")["decrypt/cipher"]["plaintext"], "hello transit");
}
