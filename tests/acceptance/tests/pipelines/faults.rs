//! Servers that are away: which job minds which, what it says, and that running it again finishes it.

use std::time::Duration;

use serde_json::json;
use shop::Kind::{Cluster, Quay, Registry, Vault};
use shop::{Ended, Kind, Shop};

use crate::place::open;

/// How long a server is away that comes back while the job waits.
const AWAY: Duration = Duration::from_secs(3);

/// What a job makes of a server that is away.
enum Without {
    /// It does not ask it, and succeeds.
    Succeeds,
    /// It waits, and says so. A server that stays away fails it with these words, which name the step and the server.
    Waits(&'static str),
}
use Without::{Succeeds, Waits};

/// Each job of the path without each server.
const TABLE: [(&str, Kind, Without); 20] = [
    ("build", Registry, Waits("put candidate")),
    ("build", Quay, Waits("put candidate")),
    ("build", Vault, Succeeds),
    ("build", Cluster, Succeeds),
    ("scan", Registry, Waits("get candidate")),
    ("scan", Quay, Waits("put candidate")),
    ("scan", Vault, Succeeds),
    ("scan", Cluster, Succeeds),
    ("staging", Registry, Waits("get candidate")),
    ("staging", Quay, Succeeds),
    ("staging", Vault, Waits("staging-secrets")),
    ("staging", Cluster, Waits("put staging")),
    ("promote", Registry, Waits("get candidate")),
    ("promote", Quay, Waits("put release")),
    ("promote", Vault, Succeeds),
    ("promote", Cluster, Succeeds),
    ("production", Registry, Waits("get release")),
    ("production", Quay, Succeeds),
    ("production", Vault, Waits("production-secrets")),
    ("production", Cluster, Waits("put production")),
];

#[test]
fn build_without_each_server() {
    judge(open(), "build");
}

#[test]
fn scan_without_each_server() {
    let shop = open();
    shop.build(&[]);
    judge(shop, "scan");
}

#[test]
fn staging_without_each_server() {
    let shop = open();
    shop.build(&[]);
    shop.succeed(&["scan"]);
    judge(shop, "staging");
}

#[test]
fn promote_without_each_server() {
    let shop = open();
    shop.build(&[]);
    shop.succeed(&["scan", "staging"]);
    judge(shop, "promote");
}

#[test]
fn production_without_each_server() {
    let shop = open();
    shop.build(&[]);
    shop.succeed(&["scan", "staging", "promote"]);
    judge(shop, "production");
}

fn judge(shop: Shop, job: &str) {
    let rows = TABLE.iter().filter(|(of, ..)| *of == job);
    for (_, server, without) in rows {
        let door = shop.servers.door(*server);
        // Nothing that an earlier run fetched is there any more.
        shop.forget_what_was_fetched();
        door.close();
        match without {
            Succeeds => drop(shop.run(job, &[]).ended(0)),
            Waits(words) => {
                let gone = impatient(&shop, job);
                assert!(gone.code > 0, "{job} without {server:?} succeeds:\n{}", gone.said);
                gone.said(&[words, &door.host()]);
                door.close_for(AWAY);
                let said = shop.run(job, &[]).ended(0).said;
                assert!(
                    said.contains("; again in "),
                    "{job} does not say that it waits for {server:?}:\n{said}"
                );
            }
        }
        door.open();
    }
    shop.run(job, &[]).ended(0);
}

/// Runs a job whose steps wait for servers for a second alone.
fn impatient(shop: &Shop, job: &str) -> Ended {
    let variables = shop.variables();
    let access = ["image-access", "vault-access", "staging-cluster", "production-cluster"].map(|name| {
        let mut access = variables[name].clone();
        access["retry_for"] = json!("1s");
        format!("{name}={access}")
    });
    let words: Vec<&str> = access.iter().flat_map(|value| ["-y", value.as_str()]).collect();
    shop.run(job, &words)
}

#[test]
fn a_sealed_vault_holds_a_deployment_up_until_it_is_open_again() {
    let mut shop = open();
    let digest = shop.build(&[]);
    shop.succeed(&["scan"]);
    shop.servers.vault.seal();
    impatient(&shop, "staging").ended(2).said(&["sealed", "`staging-secrets`"]);
    assert_eq!(shop.runs("staging"), "");

    shop.servers.vault.unseal();
    shop.succeed(&["staging"]);
    assert!(shop.runs("staging").ends_with(&digest), "{}", shop.runs("staging"));
}
