//! Vault's database engine on a real PostgreSQL.

use std::sync::OnceLock;

use http::Method;
use serde_json::{Value, json};
use stack::{Folder, Postgres};

use crate::setup::{approle, call, get, leases, mount, resource, text, unique, vault};

/// Returns the server that the tests share.
pub(crate) fn postgres() -> &'static Postgres {
    static POSTGRES: OnceLock<Postgres> = OnceLock::new();
    POSTGRES.get_or_init(Postgres::start)
}

/// A database engine of a test's own with a role `app`.
pub(crate) struct Role {
    pub(crate) mount: String,
}

impl Role {
    /// Makes it, with leases of this length.
    pub(crate) fn new(ttl: &str) -> Self {
        let mount = mount("database", json!({}));
        let connection = json!({
            "plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
            "connection_url": postgres().url("{{username}}", "{{password}}"),
            "username": Postgres::USER, "password": Postgres::PASSWORD,
        });
        call(Method::POST, &format!("{mount}/config/postgres"), connection);
        let role = json!({
            "db_name": "postgres", "default_ttl": ttl, "max_ttl": "24h",
            "creation_statements":
                "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'",
        });
        call(Method::POST, &format!("{mount}/roles/app"), role);
        Self { mount }
    }

    /// Returns the path that makes credentials.
    pub(crate) fn path(&self) -> String {
        format!("{}/creds/app", self.mount)
    }
}

fn connects(credentials: &Value) -> bool {
    let (user, password) = (text(&credentials["username"]), text(&credentials["password"]));
    postgres().query(&user, &password, "SELECT 1").is_ok()
}

#[test]
fn a_credential_is_made_by_get_and_lives_until_it_is_revoked() {
    let role = Role::new("1h");
    let login = approle(
        &[(&role.path(), &["read"]), ("sys/leases/revoke", &["update"]), ("sys/leases/renew", &["update"])],
        json!({}),
    );
    let mut keys = json!({"secret": {"path": role.path(), "name": "db"}});
    crate::setup::merge(&mut keys, login);
    let database = resource(keys);
    let version = database.check(None).json()[0].clone();
    assert!(leases(vault(), &role.path()).is_empty(), "check makes no credential");

    let got = get(&database, version, json!({}));
    assert_eq!(got.files(), ["leases.json", "vault.json"]);
    let credentials = got.json("vault.json")["db"].clone();
    assert!(connects(&credentials), "the login's token was not revoked, since the lease would go with it");
    let filed = got.json("leases.json");
    assert_eq!(filed["leases"][0]["path"], role.path());
    assert!(text(&filed["token_accessor"]).len() > 10);
    assert!(
        got.outcome.stderr.contains(", with the login's token"),
        "the token is shorter: {}",
        got.outcome.stderr
    );
    assert!(got.metadata("expires").is_some() && got.metadata("lease_duration").as_deref() == Some("3600"));
    assert!(
        !got.outcome.stdout.contains(&text(&filed["leases"][0]["lease_id"])),
        "a lease id is nobody's business"
    );

    let inputs = Folder::new("put");
    std::fs::create_dir(inputs.path().join("db")).unwrap();
    std::fs::copy(got.folder.path().join("leases.json"), inputs.path().join("db/leases.json")).unwrap();
    let renewed =
        database.put(inputs.path(), &json!({"renew": [{"file": "db/leases.json", "increment": "2h"}]}));
    assert!(text(&renewed.json()["version"][format!("renewed:{}", role.path())]).ends_with('Z'));
    let revoke = json!({"revoke": [{"file": "db/leases.json"}]});
    let dry = json!({"revoke": [{"file": "db/leases.json"}], "dry_run": true});
    database.put(inputs.path(), &dry).json();
    assert!(connects(&credentials), "a dry run revokes nothing");
    database.put(inputs.path(), &revoke).json();
    assert!(!connects(&credentials));
    database.put(inputs.path(), &revoke).json();
    let over = database.put(inputs.path(), &json!({"renew": [{"file": "db/leases.json"}]}));
    assert!(over.error().contains("is over, or never was"), "{}", over.stderr);
}

#[test]
fn a_credential_is_offered_anew_before_its_lease_ends() {
    let role = Role::new("1h");
    let bucket = |keys: Value| {
        let mut secret = json!({"path": role.path()});
        crate::setup::merge(&mut secret, keys);
        let outcome = resource(json!({ "secret": secret })).check(None);
        outcome.succeeded.then(|| text(&outcome.json()[0]["bucket"])).ok_or(outcome.stderr)
    };
    // Two thirds of an hour; and what the user says instead.
    for (keys, seconds) in
        [(json!({}), 2400), (json!({"renew_before": "50m"}), 600), (json!({"renew_every": 60}), 60)]
    {
        let moment = time_of(&bucket(keys.clone()).unwrap());
        assert_eq!(moment % seconds, 0, "{keys}");
    }
    let refused = bucket(json!({"renew_before": "2h"})).unwrap_err();
    assert!(refused.contains("is not shorter than the life of a credential"), "{refused}");
    let ahead = resource(json!({"secret": {"path": role.path(), "renew_every": "1h"}}));
    let since = ahead.check(None).json()[0].clone();
    assert_eq!(ahead.check(Some(&since)).json(), json!([since]));
    assert!(leases(vault(), &role.path()).is_empty(), "no check made a credential");
}

/// Returns the seconds since 1970 of a moment, from its parts alone.
fn time_of(moment: &str) -> u64 {
    let output = std::process::Command::new("date").args(["-u", "+%s", "-d", moment]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[test]
fn a_static_password_is_a_new_version_when_it_was_rotated() {
    let role = Role::new("1h");
    let user = unique("static").replace('-', "_");
    postgres()
        .query(Postgres::USER, Postgres::PASSWORD, &format!("CREATE ROLE {user} LOGIN PASSWORD 'first'"))
        .unwrap();
    let rotated = json!({"db_name": "postgres", "username": user, "rotation_period": "24h"});
    call(Method::POST, &format!("{}/static-roles/{user}", role.mount), rotated);
    let path = format!("{}/static-creds/{user}", role.mount);
    let database = resource(json!({"secret": {"path": path, "name": "db"}}));
    let first = database.check(None).json()[0].clone();
    assert!(text(&first["rotated"]).starts_with("20"));
    let got = get(&database, first.clone(), json!({}));
    assert!(connects(&got.json("vault.json")["db"]));

    let inputs = Folder::new("put");
    let rotate = json!({"rotate": [format!("{}/rotate-role/{user}", role.mount)]});
    database.put(inputs.path(), &rotate).json();
    let second = database.check(Some(&first)).json()[0].clone();
    assert_ne!(first, second);
    let stale = get(&database, first, json!({}));
    assert!(stale.outcome.error().contains("has changed since check saw it"));
    assert!(connects(&get(&database, second, json!({})).json("vault.json")["db"]));
    let refused = database.put(inputs.path(), &json!({"rotate": [path]}));
    assert!(refused.error().contains("does not rotate anything"));
}

#[test]
fn a_role_that_does_not_exist_is_told_with_those_that_do() {
    let role = Role::new("1h");
    let missing = resource(
        json!({"secret": {"engine": "database", "mount": role.mount, "path": "ap", "renew_every": "1h"}}),
    );
    let version = missing.check(None).json()[0].clone();
    let got = get(&missing, version, json!({}));
    assert!(got.outcome.error().contains("unknown role: ap"), "{}", got.outcome.stderr);
}
