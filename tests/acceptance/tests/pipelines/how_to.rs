//! The how-to pages' commands, typed in as they stand, in the service's repository. Those that need a Concourse are left
//! out, and so is docs/how-to/migrate.md, whose commands are of whatever pipeline the reader has.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use shop::{Ended, Shop, repository};

use crate::place::open;
use crate::tutorial::PRELUDE;

/// Opens a shop whose repository has our pipelines and the files that the pages name, and which is in production.
fn in_production() -> Shop {
    let shop = open();
    shop.deliver();
    let root = shop.service.path();
    for folder in ["build-to-deploy", "services", "review"] {
        let copy = Command::new("cp")
            .arg("-r")
            .arg(repository().join("pipelines").join(folder))
            .arg(root.join("pipelines"))
            .status();
        assert!(copy.unwrap().success());
    }
    for name in ["shop.yml", "secrets.yml"] {
        symlink(shop.variables_file(name), root.join(name)).unwrap();
    }
    shop
}

/// Types in what a page has behind `$`, with a change that makes an example fit.
fn type_in(shop: &Shop, page: &str, change: impl Fn(String) -> String) -> Ended {
    let text = std::fs::read_to_string(repository().join("docs/how-to").join(page)).unwrap();
    let commands: Vec<String> = commands(&text).into_iter().map(change).collect();
    assert!(!commands.is_empty(), "{page} has no commands");
    let script = format!("{PRELUDE}{}", commands.join("\n"));
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir(shop.service.path()).env_clear().envs(shop.environment());
    let ended = Ended::from(command.stdin(Stdio::null()).output().unwrap());
    shop.secrets.assert_not_in(&ended.said);
    ended
}

/// Returns what stands behind `$`, with the lines that go on, unless it asks a Concourse.
fn commands(page: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in page.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push(command.into()),
            None if goes_on => {
                commands.iter_mut().last().into_iter().for_each(|last| *last += &format!("\n{line}"))
            }
            None => {}
        }
        goes_on = line.ends_with('\\');
    }
    commands.retain(|command| !command.starts_with("fly "));
    commands
}

#[test]
fn a_service_is_added_as_the_page_says() {
    let shop = in_production();
    type_in(&shop, "add-a-service.md", |command| command)
        .ended(0)
        .said(&["`build-to-deploy/service:search`"]);
}

#[test]
fn a_registry_is_checked_as_the_page_says() {
    let shop = in_production();
    let digest = shop.tag("candidate").unwrap();
    type_in(&shop, "private-registry.md", |command| command).ended(0).said(&[&digest]);
}

#[test]
fn production_goes_back_as_the_page_says() {
    let shop = in_production();
    let first = shop.runs("production");
    shop.service.build("second");
    shop.deliver();
    type_in(&shop, "roll-back.md", |command| command.replace("revision:12", "revision:1")).ended(0);
    assert_eq!(shop.runs("production"), first);
}

#[test]
fn a_secret_is_rotated_as_the_page_says() {
    let shop = in_production();
    type_in(&shop, "rotate-a-secret.md", |command| command.replace('…', "tulip-4711")).ended(0);
    let said = shop.run("staging", &[]).ended(0).said;
    assert!(said.contains("Secret") && !said.contains("tulip-4711"), "{said}");
}
