//! A secret's way: read by AppRole, and a database password that lives only as long as it is needed.

use std::fs;

use http::Method;
use serde_json::{Value, json};
use stack::{Folder, Postgres, Vault};

use crate::narrator::Narrator;
use crate::resource::Resource;

pub(crate) fn play(narrator: &Narrator) -> Result<(), String> {
    narrator.scene("vault-secret: a stored secret, and a database password made on request");
    let (vault, postgres) = (Vault::dev(), Postgres::start());
    let login = prepare(&vault, &postgres);
    narrator.say(format_args!(
        "A real Vault listens on {}, a real PostgreSQL on {}.",
        vault.url(),
        postgres.host()
    ));
    let folder = Folder::new("demo");
    let make = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir(&path).map(|()| path).map_err(|problem| problem.to_string())
    };

    narrator.say("Logged in by AppRole, what Concourse would see of a secret in KV 2:");
    let stored = Resource::new(
        narrator,
        "vault-secret",
        source(&vault, &login, &json!({"path": "secret/shop/api", "name": "api"})),
    );
    let versions = stored.check(None)?;
    let api = make("api")?;
    stored.get(
        &api,
        &versions[0],
        json!({"files": [{"format": "files"}, {"format": "env", "upcase": true}]}),
    )?;
    narrator.output(&fs::read_to_string(api.join(".env")).map_err(|problem| problem.to_string())?);

    narrator.say("A user of the database, made by this get:");
    let secret = json!({"path": "database/creds/app", "name": "database", "renew_every": "40m"});
    let database = Resource::new(narrator, "vault-secret", source(&vault, &login, &secret));
    let versions = database.check(None)?;
    let credentials = make("credentials")?;
    narrator.output(&database.get(&credentials, &versions[0], json!({}))?.to_string());
    let (user, password) = user_of(&credentials.join("vault.json"))?;
    narrator.say("It connects:");
    narrator.command(format_args!("psql --username {user} --command 'SELECT current_user'"));
    narrator.output(&postgres.query(&user, &password, "SELECT current_user")?);

    narrator.say("Revoked by the lease file beside it, it does not any more:");
    database.put(folder.path(), json!({"revoke": [{"file": "credentials/leases.json"}]}))?;
    narrator.command(format_args!("psql --username {user} --command 'SELECT current_user'"));
    match postgres.query(&user, &password, "SELECT current_user") {
        Ok(_) => Err("the user still connects".into()),
        Err(refused) => {
            narrator.output(&refused);
            Ok(())
        }
    }
}

fn source(vault: &Vault, login: &Value, secret: &Value) -> Value {
    json!({"address": vault.url(), "role_id": login["role_id"], "secret_id": login["secret_id"], "secret": secret})
}

/// Sets up the secret, the database engine, and a role that may use both; returns the role's credentials.
fn prepare(vault: &Vault, postgres: &Postgres) -> Value {
    let post = |path: &str, body: Value| vault.call(Method::POST, path, Some(&body));
    post("secret/data/shop/api", json!({"data": {"key": "k-4711", "url": "https://api.example.com"}}));
    post("sys/mounts/database", json!({"type": "database"}));
    post(
        "database/config/postgres",
        json!({
            "plugin_name": "postgresql-database-plugin", "allowed_roles": "app",
            "connection_url": postgres.url("{{username}}", "{{password}}"),
            "username": Postgres::USER, "password": Postgres::PASSWORD,
        }),
    );
    let creation = "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'";
    post(
        "database/roles/app",
        json!({"db_name": "postgres", "default_ttl": "1h", "creation_statements": creation}),
    );
    let policy = r#"
        path "secret/*" { capabilities = ["read"] }
        path "database/creds/app" { capabilities = ["read"] }
        path "sys/leases/revoke" { capabilities = ["update"] }
    "#;
    post("sys/policies/acl/demo", json!({ "policy": policy }));
    post("sys/auth/approle", json!({"type": "approle"}));
    post("auth/approle/role/demo", json!({"token_policies": ["demo"], "token_ttl": "2h"}));
    let id = vault.call(Method::GET, "auth/approle/role/demo/role-id", None);
    let secret = post("auth/approle/role/demo/secret-id", json!({}));
    json!({"role_id": id["data"]["role_id"], "secret_id": secret["data"]["secret_id"]})
}

fn user_of(file: &std::path::Path) -> Result<(String, String), String> {
    let text = fs::read_to_string(file).map_err(|problem| problem.to_string())?;
    let found: Value = serde_json::from_str(&text).map_err(|problem| problem.to_string())?;
    let field = |name: &str| found["database"][name].as_str().map(str::to_owned).ok_or(format!("no {name}"));
    Ok((field("username")?, field("password")?))
}
