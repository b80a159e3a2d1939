//! Passwords that Vault rotates at night.

use http::Method;
use serde_json::json;
use shop::Shop;
use stack::Postgres;

use crate::place::open;

/// Gives the service a user of a database, whose password is Vault's to change.
fn with_database(shop: &Shop) -> Postgres {
    let postgres = Postgres::start();
    postgres
        .query(Postgres::USER, Postgres::PASSWORD, "CREATE ROLE shop LOGIN PASSWORD 'first'")
        .expect("a user of the database");
    let vault = &shop.servers.vault;
    let post = |path: &str, body| vault.call(Method::POST, path, Some(&body));
    post("sys/mounts/database", json!({"type": "database"}));
    post(
        "database/config/postgres",
        json!({
            "plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
            "connection_url": postgres.url("{{username}}", "{{password}}"),
            "username": Postgres::USER, "password": Postgres::PASSWORD,
        }),
    );
    post(
        "database/static-roles/shop",
        json!({"db_name": "postgres", "username": "shop", "rotation_period": "720h"}),
    );
    postgres
}

fn password(shop: &Shop) -> String {
    let credentials = shop.servers.vault.call(Method::GET, "database/static-creds/shop", None);
    credentials["data"]["password"].as_str().expect("a password").to_owned()
}

#[test]
fn a_password_rotated_at_night_is_deployed_with_the_same_image() {
    let shop = open();
    let postgres = with_database(&shop);
    let database = [
        "-v",
        "production-vault-path=database/static-creds/shop",
        "-y",
        "rotations=[database/rotate-role/shop]",
    ];
    shop.build(&[]);
    shop.succeed(&["scan", "staging", "promote"]);
    shop.run("production", &database).ended(0);
    let (image, first) = (shop.runs("production"), password(&shop));

    let said = shop.run("nightly", &database).ended(0).said;
    let second = password(&shop);
    assert_ne!(first, second, "{said}");
    assert!(postgres.query("shop", &second, "SELECT 1").is_ok());

    // What runs has a password that is none any more: the next night says so, until production has the new one.
    shop.forget_what_was_fetched();
    let stale = shop.run("nightly", &database).said(&["has changed since check saw it"]);
    assert_ne!(stale.code, 0);
    let said = shop.run("production", &database).ended(0).said;
    assert_eq!(shop.runs("production"), image);
    shop.run("nightly", &database).ended(0);
    assert!(![first, second].iter().any(|password| said.contains(password)), "{said}");
}
