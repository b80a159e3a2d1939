//! The source: every key, and what is wrong with it.

use serde_json::{Value, json};
use stack::Registry;
use stack::registry::TokenAuth;

use crate::place::{Place, REPOSITORY, image, resource, shown};

#[test]
fn registries_with_users_let_the_user_in() {
    let kinds = [
        ("htpasswd", Registry::builder().tls().htpasswd("ann", "right-password").start()),
        ("tokens", Registry::builder().token_auth(TokenAuth::user("ann", "right-password")).start()),
    ];
    for (kind, registry) in kinds {
        image("a").push(&registry, REPOSITORY, "1.0.0");
        let with = |password: &str| {
            let ca_certs: Vec<String> = registry.ca_pem().into_iter().collect();
            json!({"username": "ann", "password": password, "ca_certs": ca_certs})
        };
        let versions = resource(&registry.host(), &with("right-password")).check(None).json();
        assert_eq!(shown(&versions), "a=1.0.0", "{kind}");
        let outcome = resource(&registry.host(), &with("wrong-password")).check(None);
        assert!(outcome.error().contains("hint: check `username`"), "{kind}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("wrong-password"), "{kind}: {}", outcome.stderr);
        let anonymous = json!({"username": "", "password": "", "ca_certs": with("")["ca_certs"]});
        let outcome = resource(&registry.host(), &anonymous).check(None);
        assert!(outcome.error().contains("hint: "), "{kind}: {}", outcome.stderr);
    }
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let registry = Registry::builder().tls().start();
    image("a").push(&registry, REPOSITORY, "1.0.0");
    let pem = registry.ca_pem().unwrap();
    let other = stack::Authority::new().ca_pem();
    let trusted = [
        ("alone", json!({"ca_certs": [pem]})),
        ("in a file of several", json!({"ca_certs": [format!("{other}\n{pem}")]})),
        ("not verified", json!({"insecure": true})),
    ];
    for (case, source) in trusted {
        let versions = resource(&registry.host(), &source).check(None).json();
        assert_eq!(shown(&versions), "a=1.0.0", "{case}");
    }
    let outcome = resource(&registry.host(), &json!({})).check(None);
    assert!(outcome.error().contains("`ca_certs`"), "{}", outcome.stderr);
    let outcome = resource(&registry.host(), &json!({"ca_certs": ["no PEM"]})).check(None);
    assert!(outcome.error().contains("ca_certs"), "{}", outcome.stderr);
}

#[test]
fn every_key_of_the_registry_image_resource_is_accepted() {
    let place = Place::with("a=latest");
    let source = json!({
        "insecure": false, "tag": "latest", "tag_regex": "", "created_at_sort": false, "variant": "",
        "semver_constraint": "", "pre_releases": false, "pre_release_prefixes": [], "username": "",
        "password": "", "aws_access_key_id": "", "aws_secret_access_key": "", "aws_session_token": "",
        "aws_region": "", "aws_role_arn": "", "aws_role_arns": [], "aws_account_id": "",
        "aws_ecr_registry_id": "", "azure_acr": false, "azure_client_id": "", "azure_tenant_id": "",
        "azure_environment": "", "platform": {"architecture": "", "os": ""}, "label_regex": "",
        "annotation_regex": "", "registry_mirror": {"host": "", "username": "", "password": ""},
        "content_trust": {
            "server": "https://notary.example.com", "repository_key_id": "1", "repository_key": "key-of-notary",
            "repository_passphrase": "", "tls_key": "", "tls_cert": "", "username": "", "password": "", "scopes": "",
        },
        "ca_certs": [], "debug": false,
    });
    assert_eq!(place.check(&source, None), "a=latest");
    let null: Value = source.as_object().unwrap().iter().map(|(key, _)| (key.clone(), Value::Null)).collect();
    assert_eq!(place.check(&null, None), "a=latest");
}

#[test]
fn mistakes_are_told_with_their_place_and_the_remedy() {
    let cases = [
        (json!({"tagg": "1"}), "`source.tagg`: unknown field; did you mean `tag`?"),
        (json!({"registry_mirror": {"hots": "x"}}), "`source.registry_mirror.hots`"),
        (json!({"insecure": "maybe"}), "`source.insecure`: expected true or false"),
        (json!({"repository": "https://quay.io/a"}), "leave out the scheme"),
        (json!({"repository": "quay.io/a/b:1.2"}), "write it as `tag`"),
        (json!({"repository": "quay.io/Acme/app"}), "lower case"),
        (json!({"repository": ""}), "`source.repository`"),
        (json!({"tag": "a/b"}), "`source.tag`: `a/b` is no tag"),
        (json!({"tag": ["a"]}), "`source.tag`"),
        (json!({"azure_environment": "AzureMoon"}), "AzurePublic"),
        (
            json!({"aws_region": "eu-west-1", "aws_role_arn": "a", "aws_role_arns": ["b"]}),
            "`aws_role_arn` and `aws_role_arns`",
        ),
        (json!({"aws_region": "eu-west-1", "aws_access_key_id": "AKIA1"}), "belong together"),
    ];
    for (source, expected) in cases {
        let outcome = resource("127.0.0.1:9", &source).check(None);
        assert!(outcome.error().contains(expected), "{source}: {}", outcome.stderr);
    }
}

#[test]
fn unknown_keys_can_be_tolerated() {
    let place = Place::with("a=latest");
    let outcome =
        resource(&place.registry.host(), &json!({"tag": "latest", "icon": 1, "allow_unknown_keys": true}))
            .check(None);
    assert_eq!(shown(&outcome.json()), "a=latest");
    assert!(outcome.stderr.contains("warning: `source.icon`"), "{}", outcome.stderr);
}
