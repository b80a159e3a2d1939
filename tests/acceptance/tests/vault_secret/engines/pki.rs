//! Certificates of Vault's PKI engine.

use std::process::Command;

use http::Method;
use serde_json::{Value, json};
use stack::Folder;

use crate::setup::{call, get, mount, read, resource, text, unique};

/// Mounts an authority with a role `web` and returns the mount.
pub(crate) fn authority() -> String {
    let mount = mount("pki", json!({}));
    let root = json!({"common_name": "quayside test root", "ttl": "24h", "key_type": "ec", "key_bits": 256});
    call(Method::POST, &format!("{mount}/root/generate/internal"), root);
    let role = json!({"allow_any_name": true, "enforce_hostnames": false, "ttl": "2h", "key_type": "ec", "key_bits": 256});
    call(Method::POST, &format!("{mount}/roles/web"), role);
    mount
}

fn openssl(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("openssl").args(arguments).output().expect("openssl runs");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn a_certificate_is_issued_by_get_as_pem_and_as_keystore() {
    for key_type in ["ec", "rsa", "ed25519"] {
        let pki = authority();
        let bits = if key_type == "rsa" { 2048 } else { 0 };
        let role = json!({"allow_any_name": true, "ttl": "2h", "key_type": key_type, "key_bits": bits});
        call(Method::POST, &format!("{pki}/roles/web"), role);
        let certificates = resource(json!({"secret": {
            "path": format!("{pki}/issue/web"), "name": "web", "params": {"common_name": "web.example.com"},
        }}));
        let version = certificates.check(None).json()[0].clone();
        assert!(version["bucket"].is_string());
        let params = json!({"files": [{"format": "pem"}, {"format": "pkcs12"}, {"format": "metadata"}]});
        let got = get(&certificates, version, params);
        assert_eq!(
            got.files(),
            [
                "keystore.p12",
                "keystore.p12.password",
                "metadata.json",
                "tls/ca.crt",
                "tls/tls.crt",
                "tls/tls.key"
            ]
        );
        let path = |name: &str| got.folder.path().join(name).display().to_string();
        openssl(&["verify", "-CAfile", &path("tls/ca.crt"), &path("tls/tls.crt")]).unwrap();
        let password = format!("file:{}", path("keystore.p12.password"));
        let shown =
            openssl(&["pkcs12", "-in", &path("keystore.p12"), "-passin", &password, "-nodes"]).unwrap();
        assert!(
            shown.contains("BEGIN PRIVATE KEY") && shown.matches("BEGIN CERTIFICATE").count() == 2,
            "{shown}"
        );
        assert!(shown.contains("web.example.com"));
        let public = openssl(&["pkey", "-in", &path("tls/tls.key"), "-pubout"]).unwrap();
        assert_eq!(public, openssl(&["x509", "-in", &path("tls/tls.crt"), "-noout", "-pubkey"]).unwrap());
        assert!(got.json("metadata.json")["web"]["expires"].is_string());
        assert!(got.metadata("expires").is_some());
    }
}

#[test]
fn a_request_is_signed() {
    let pki = authority();
    let folder = Folder::new("csr");
    let (key, csr) = (folder.path().join("key"), folder.path().join("csr"));
    openssl(&[
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=a.example.com",
        "-keyout",
        key.to_str().unwrap(),
        "-out",
        csr.to_str().unwrap(),
    ])
    .unwrap();
    let request = std::fs::read_to_string(csr).unwrap();
    let secret = json!({"engine": "pki", "mount": pki, "path": "sign/web", "name": "web",
        "params": {"csr": request, "common_name": "a.example.com"}});
    let got = get(&resource(json!({ "secret": secret })), json!({"bucket": "x"}), json!({}));
    assert!(text(&got.json("vault.json")["web"]["certificate"]).contains("BEGIN CERTIFICATE"));
}

#[test]
fn a_certificate_is_issued_into_kv_once_and_revoked() {
    let (pki, path) = (authority(), unique("pki/stored"));
    let issue = |before: &str| {
        json!({"issue": [{
            "secret": {"path": format!("{pki}/issue/web"), "params": {"common_name": "web.example.com"}},
            "into": format!("secret/{path}"), "renew_before": before,
        }]})
    };
    let (certificates, inputs) = (resource(json!({})), Folder::new("put"));
    let name = format!("secret/{path}");
    let put = |params: &Value| certificates.put(inputs.path(), params).json()["version"][&name].clone();
    assert_eq!(put(&issue("1h")), "1");
    assert_eq!(put(&issue("1h")), "1", "the stored one is good for two hours");
    let serial = text(&read(&path)["serial_number"]);
    assert_eq!(put(&issue("3h")), "2", "none is good for three hours");
    assert_ne!(text(&read(&path)["serial_number"]), serial);

    let revoke = json!({"revoke": [{"serial_number": serial, "mount": pki}]});
    certificates.put(inputs.path(), &revoke).json();
    let revoked = call(Method::GET, &format!("{pki}/cert/{serial}"), Value::Null);
    assert!(revoked["data"]["revocation_time"].as_u64().unwrap() > 0);
}

#[test]
fn a_stored_certificate_is_a_new_version_before_its_end() {
    let (pki, path) = (authority(), unique("pki/due"));
    let issued =
        call(Method::POST, &format!("{pki}/issue/web"), json!({"common_name": "x.example.com", "ttl": "1h"}));
    crate::setup::write(&path, json!({"certificate": issued["data"]["certificate"]}));
    let check = |before: &str| {
        resource(json!({"secret": {"path": format!("secret/{path}"), "renew_before": before}}))
            .check(None)
            .json()
    };
    assert_eq!(check("10m"), json!([{"version": "1"}]));
    let versions = check("2h");
    assert_eq!(versions[0], json!({"version": "1"}));
    assert!(text(&versions[1]["due"]).ends_with('Z') && versions[1]["version"] == "1", "{versions}");
    let several =
        json!({"secrets": [{"path": format!("secret/{path}"), "name": "web", "renew_before": "2h"}]});
    let versions = resource(several.clone()).check(None).json();
    assert!(versions[0]["web:due"].is_string() && versions[0]["web"] == "1");
    assert_eq!(get(&resource(several), versions[0].clone(), json!({})).files(), ["vault.json"]);
    crate::setup::write(&path, json!({"other": "x"}));
    let without =
        resource(json!({"secret": {"path": format!("secret/{path}"), "renew_before": "2h"}})).check(None);
    assert!(without.error().contains("has no key `certificate`"));
}

#[test]
fn public_parts_are_read_and_watched() {
    let pki = authority();
    let authority = json!({"path": format!("{pki}/cert/ca"), "name": "ca", "keys": ["certificate"]});
    let certificates = resource(json!({ "secret": authority }));
    let version = certificates.check(None).json()[0].clone();
    assert_eq!(text(&version["digest"]).len(), 32);
    let got = get(&certificates, version, json!({}));
    assert!(text(&got.json("vault.json")["ca"]["certificate"]).contains("BEGIN CERTIFICATE"));
    let raw = resource(json!({"secret": {"path": format!("{pki}/ca/pem"), "name": "ca", "take": "raw"}}));
    let version = raw.check(None).json()[0].clone();
    assert!(
        text(&get(&raw, version, json!({})).json("vault.json")["ca"]["content"])
            .contains("BEGIN CERTIFICATE")
    );
}
