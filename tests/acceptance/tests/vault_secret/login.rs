//! Logging in, and the end of what a login made.

use http::Method;
use serde_json::{Value, json};
use stack::{FaultProxy, Vault};

use crate::setup::{
    accessors, approle, call, get, merge, mount_login, policy, resource, token, unique, vault, write,
};

/// A secret, and the keys of a source that gets it.
struct Wish {
    keys: Value,
    rule: String,
}

impl Wish {
    fn new(name: &str) -> Self {
        let path = unique(name);
        write(&path, json!({"key": "value"}));
        Self {
            keys: json!({"secret": {"path": format!("secret/{path}"), "name": "app"}}),
            rule: format!("secret/data/{path}"),
        }
    }

    fn policy(&self) -> String {
        policy(&[(&self.rule, &["read"])])
    }

    /// Logs in by these keys and gets the secret; the login leaves no token behind.
    #[track_caller]
    fn is_granted(&self, login: Value) {
        let mut keys = json!({"token": null});
        merge(&mut keys, self.keys.clone());
        merge(&mut keys, login);
        // Other tests log in at the same time: this login's token is known by the request that revokes it.
        let proxy = FaultProxy::in_front_of(vault().url());
        merge(&mut keys, json!({"address": proxy.url()}));
        let got = get(&resource(keys), json!({"version": "1"}), json!({}));
        assert_eq!(got.json("vault.json")["app"]["key"], "value");
        let asked: Vec<String> = proxy.requests().iter().map(|request| request.path.clone()).collect();
        let logins =
            asked.iter().filter(|path| path.starts_with("/v1/auth/") && path.contains("/login")).count();
        assert_eq!(logins, 1, "{asked:?}");
        assert_eq!(asked.last().map(String::as_str), Some("/v1/auth/token/revoke-self"));
        let last = proxy.requests().pop().unwrap();
        assert_eq!(last.status, Some(204));
        let token = last.header("x-vault-token").unwrap().to_owned();
        assert_eq!(vault().try_call(&token, Method::GET, "auth/token/lookup-self", None).0, 403);
    }
}

#[test]
fn approle_logs_in_with_a_secret_id_from_anywhere() {
    let wish = Wish::new("login/approle");
    let keys = approle(&[(&wish.rule, &["read"])], json!({}));
    wish.is_granted(keys.clone());
    let secret_id = keys["secret_id"].as_str().unwrap();
    let folder = stack::Folder::new("secret-id");
    let file = folder.write("secret-id", format!("{secret_id}\n"));
    let mut by_file = keys.clone();
    merge(&mut by_file, json!({"secret_id": null, "secret_id_file": file, "auth_engine": "approle"}));
    wish.is_granted(by_file);
    // mschuchard's key for the role's id, Docurated's for the method.
    let mut as_before = keys.clone();
    merge(&mut as_before, json!({"role_id": null, "vault_role": keys["role_id"], "auth_method": "AppRole"}));
    wish.is_granted(as_before);
}

#[test]
fn approle_fetches_its_ids_by_a_token() {
    let wish = Wish::new("login/named");
    let keys = approle(&[(&wish.rule, &["read"])], json!({}));
    let role = format!("auth/{}/role/ci", keys["auth_mount"].as_str().unwrap());
    let fetcher =
        token(&[(&format!("{role}/role-id"), &["read"]), (&format!("{role}/secret-id"), &["update"])]);
    wish.is_granted(json!({"auth_mount": keys["auth_mount"], "vault_token": fetcher, "role_name": "ci"}));
}

#[test]
fn users_log_in_by_password() {
    let wish = Wish::new("login/userpass");
    let mount = mount_login("userpass");
    call(
        Method::POST,
        &format!("auth/{mount}/users/ann"),
        json!({"password": "hers", "token_policies": [wish.policy()]}),
    );
    wish.is_granted(json!({"username": "ann", "password": "hers", "auth_mount": mount}));
    // LDAP takes the very same request, at a mount of its own.
    wish.is_granted(
        json!({"auth_engine": "ldap", "username": "ann", "password": "hers", "auth_mount": mount}),
    );
    let mut wrong = wish.keys.clone();
    merge(
        &mut wrong,
        json!({"token": null, "username": "ann", "password": "someone-elses", "auth_mount": mount}),
    );
    let refused = resource(wrong).check(None);
    assert!(
        refused.error().contains("cannot log in by userpass") && !refused.stderr.contains("someone-elses"),
        "{}",
        refused.stderr
    );
}

#[test]
fn signed_tokens_log_in() {
    let wish = Wish::new("login/jwt");
    let key = crate::jwt::Key::new();
    let mount = mount_login("jwt");
    call(
        Method::POST,
        &format!("auth/{mount}/config"),
        json!({"jwt_validation_pubkeys": [key.public_pem()]}),
    );
    let role = json!({"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], "token_policies": [wish.policy()]});
    call(Method::POST, &format!("auth/{mount}/role/ci"), role);
    let jwt = key.sign(&crate::jwt::claims("main/pipeline"));
    wish.is_granted(json!({"auth_engine": "jwt", "auth_mount": mount, "vault_role": "ci", "jwt": jwt}));
    let folder = stack::Folder::new("jwt");
    let file = folder.write("jwt", &jwt);
    wish.is_granted(
        json!({"auth_engine": "oidc", "auth_mount": mount, "vault_role": "ci", "jwt_file": file}),
    );

    // A token for one build: it stands in params, and source needs no credential.
    let mut keys = wish.keys.clone();
    merge(&mut keys, json!({"token": null}));
    let auth = json!({"auth_engine": "jwt", "auth_mount": mount, "vault_role": "ci", "jwt": jwt});
    let got = get(&resource(keys.clone()), json!({"version": "1"}), json!({ "auth": auth }));
    assert_eq!(got.json("vault.json")["app"]["key"], "value");
    let other = crate::jwt::Key::new().sign(&crate::jwt::claims("x"));
    merge(&mut keys, json!({"auth_engine": "jwt", "auth_mount": mount, "vault_role": "ci", "jwt": other}));
    let refused = resource(keys).check(None);
    assert!(refused.error().contains("cannot log in by jwt"), "{}", refused.stderr);
}

#[test]
fn client_certificates_log_in_over_tls() {
    let vault = Vault::tls();
    vault.call(Method::POST, "secret/data/app", Some(&json!({"data": {"key": "value"}})));
    let policy = json!({"policy": "path \"secret/data/app\" { capabilities = [\"read\"] }"});
    vault.call(Method::PUT, "sys/policies/acl/app", Some(&policy));
    vault.call(Method::POST, "sys/auth/cert", Some(&json!({"type": "cert"})));
    let role =
        json!({"certificate": vault.ca_pem(), "allowed_common_names": "ci", "token_policies": ["app"]});
    vault.call(Method::POST, "auth/cert/certs/ci", Some(&role));
    let identity = vault.authority().unwrap().client("ci");
    let secret = json!({"path": "secret/app", "name": "app"});
    let mut keys = json!({
        "address": vault.url(), "token": null, "ca_certs": vault.ca_pem(), "secret": secret,
        "client_cert": identity.certificate_pem, "client_key": identity.key_pem,
    });
    let before = accessors(&vault);
    let got = get(&resource(keys.clone()), json!({"version": "1"}), json!({}));
    assert_eq!(got.json("vault.json")["app"]["key"], "value");
    assert_eq!(accessors(&vault), before, "the login's token is gone");

    merge(&mut keys, json!({"tls_server_name": "localhost", "ca_certs": [vault.ca_pem()]}));
    assert_eq!(resource(keys.clone()).check(None).json(), json!([{"version": "1"}]));
    merge(&mut keys, json!({"tls_server_name": "vault.example.com"}));
    assert!(resource(keys.clone()).check(None).error().contains("tls_server_name"));
    merge(&mut keys, json!({"tls_server_name": null, "ca_certs": null, "retry_for": 0}));
    let unknown = resource(keys.clone()).check(None);
    assert!(
        unknown.error().contains("hint: give the authority's certificate as `ca_certs`"),
        "{}",
        unknown.stderr
    );
    merge(&mut keys, json!({"insecure": true}));
    assert_eq!(resource(keys.clone()).check(None).json(), json!([{"version": "1"}]));
    merge(&mut keys, json!({"client_key": null}));
    assert!(resource(keys).check(None).error().contains("belong together"));
}

#[test]
fn a_given_token_is_neither_renewed_nor_revoked() {
    let wish = Wish::new("login/token");
    let token = token(&[(&wish.rule, &["read"])]);
    let mut keys = wish.keys.clone();
    merge(&mut keys, json!({"token": token}));
    let got = get(&resource(keys), json!({"version": "1"}), json!({}));
    assert_eq!(got.json("vault.json")["app"]["key"], "value");
    let found = vault().try_call(&token, Method::GET, "auth/token/lookup-self", None);
    assert_eq!((found.0, &found.1["data"]["last_renewal_time"]), (200, &Value::Null));
}

#[test]
fn a_token_with_few_uses_is_spent_on_secrets_alone() {
    let wish = Wish::new("login/uses");
    let made = call(Method::POST, "auth/token/create", json!({"policies": [wish.policy()], "num_uses": 1}));
    let mut keys = json!({"secret": {"engine": "kv2", "mount": "secret", "path": wish.rule.trim_start_matches("secret/data/")}});
    merge(&mut keys, json!({"token": made["auth"]["client_token"]}));
    let got = get(&resource(keys), json!({"version": "1"}), json!({}));
    assert_eq!(got.outcome.json()["version"], json!({"version": "1"}));
}

#[test]
fn a_short_login_is_renewed_while_the_step_needs_it() {
    let wish = Wish::new("login/renew");
    let mut keys = wish.keys.clone();
    merge(&mut keys, approle(&[(&wish.rule, &["read"])], json!({"token_ttl": "3s", "token_max_ttl": "1h"})));
    let proxy = FaultProxy::in_front_of(vault().url());
    merge(&mut keys, json!({"address": proxy.url()}));
    // The mount is asked for after the login, and slowly.
    proxy.inject(
        stack::On::path("sys/internal/ui/mounts"),
        stack::Fault::Delay(std::time::Duration::from_millis(2200)),
    );
    let got = get(&resource(keys), json!({"version": "1"}), json!({}));
    assert_eq!(got.json("vault.json")["app"]["key"], "value");
    let asked: Vec<String> = proxy.requests().iter().map(|request| request.path.clone()).collect();
    assert!(asked.iter().any(|path| path.ends_with("renew-self")), "{asked:?}");
}

#[test]
fn an_exposed_token_outlives_the_step() {
    let wish = Wish::new("login/expose");
    let mut keys = wish.keys.clone();
    merge(&mut keys, approle(&[(&wish.rule, &["read"])], json!({})));
    merge(&mut keys, json!({"expose_token": true}));
    let got = get(&resource(keys), json!({"version": "1"}), json!({}));
    let token = got.text("token");
    assert_eq!(vault().try_call(&token, Method::GET, &wish.rule, None).0, 200);
}

#[test]
fn namespaces_are_refused_where_vault_would_ignore_them() {
    let refused = resource(json!({"namespace": "team/ci", "secret": {"path": "secret/x"}})).check(None);
    assert!(refused.error().contains("has no namespaces"), "{}", refused.stderr);
}
