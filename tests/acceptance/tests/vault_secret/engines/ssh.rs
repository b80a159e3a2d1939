//! SSH certificates and one-time passwords.

use std::process::Command;

use http::Method;
use serde_json::json;
use stack::Folder;

use crate::setup::{call, get, mount, resource, text};

#[test]
fn a_key_is_signed() {
    let ssh = mount("ssh", json!({}));
    call(Method::POST, &format!("{ssh}/config/ca"), json!({"generate_signing_key": true}));
    let role = json!({"key_type": "ca", "allow_user_certificates": true, "allowed_users": "*", "default_user": "ci", "ttl": "10m"});
    call(Method::POST, &format!("{ssh}/roles/ci"), role);
    let folder = Folder::new("ssh");
    let key = folder.path().join("key");
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let secret = json!({"path": format!("{ssh}/sign/ci"), "name": "ssh", "params": {"public_key": public, "valid_principals": "ci"}});
    let signer = resource(json!({ "secret": secret }));
    let version = signer.check(None).json()[0].clone();
    let got = get(&signer, version, json!({"files": [{"format": "files"}]}));
    let certificate = got.folder.path().join("ssh/signed_key");
    let shown = Command::new("ssh-keygen").args(["-L", "-f"]).arg(certificate).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("ssh-ed25519-cert-v01@openssh.com user certificate"), "{shown}");
}

#[test]
fn a_one_time_password_is_asked_for_with_its_host() {
    let ssh = mount("ssh", json!({}));
    call(
        Method::POST,
        &format!("{ssh}/roles/otp"),
        json!({"key_type": "otp", "default_user": "ci", "cidr_list": "10.0.0.0/8"}),
    );
    // In the form of the resources before ours, where it could never work, with what it lacks.
    let secret =
        json!({"engine": "ssh", "mount": ssh, "path": "otp", "name": "ssh", "params": {"ip": "10.1.2.3"}});
    let got = get(&resource(json!({ "secret": secret })), json!({"bucket": "x"}), json!({}));
    assert_eq!(got.json("vault.json")["ssh"]["ip"], "10.1.2.3");
    assert!(text(&got.json("vault.json")["ssh"]["key"]).len() > 30);
}
