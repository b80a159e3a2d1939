//! The whole path: a commit that goes to production, and one that is caught in staging and taken back.

use std::process::Stdio;
use std::sync::Arc;

use shop::{REPOSITORY, Shop};
use stack::Kubernetes;
use stack::quay_stub::{Finding, Scan};

use crate::narrator::Narrator;
use crate::program;

const PIPELINE: &str = "pipelines/build-to-deploy/pipeline.yml";

pub(crate) fn play(narrator: &Narrator) -> Result<(), String> {
    narrator.scene("pipelines/build-to-deploy: from a commit to production, and back");
    program::path("quayside")?;
    let shop = Shop::open(&program::folder()?, Arc::new(Kubernetes::start()));
    shop.servers.cluster.set_container_log(&["starting", "panic: no route to the database"]);
    let harmless = Finding::new("CVE-2026-0002", "Low", "openssl", "3.0.2");
    shop.servers.quay.scan_new_images(Scan::Scanned(vec![harmless]));
    introduce(narrator, &shop);

    narrator.say(
        "Every job in turn, as in Concourse: the image is assembled without privileges and pushed, its scan is judged, it is \
         deployed to staging with a secret of Vault and tested there, the same digest gets the tags of a release, and goes to \
         production. The production job is by hand, so it is named:",
    );
    run(narrator, &shop, &[], 0)?;
    let first = shop.tag("1.4.1").ok_or("the release has no tag")?;
    show_what_runs(narrator, &shop);
    expect(&shop, "production", &first)?;

    narrator.say("A second commit. It builds and passes its scan, but its pods crash:");
    shop.service.break_staging();
    shop.service.build("second");
    show_commits(narrator, &shop);
    run(narrator, &shop, &["-v", "deploy-timeout=5s"], 1)?;
    narrator.say("It was caught in staging, which went back by itself; it was not promoted, and production never saw it:");
    show_what_runs(narrator, &shop);
    for environment in ["staging", "production"] {
        expect(&shop, environment, &first)?;
    }

    shop.secrets.assert_not_readable_in(shop.home());
    narrator
        .say("Of the seven secrets in play none stands in a log or a file that others could read. What ran:");
    narrator.command("quayside runs");
    narrator.output(&runs(&shop)?);
    Ok(())
}

fn introduce(narrator: &Narrator, shop: &Shop) {
    let servers = &shop.servers;
    narrator.say(format_args!(
        "Real servers: a registry with passwords on {}, a Vault on {}, a Kubernetes API server on {} (kwok plays its nodes). \
         On {} listens the tests' stub of Quay: a real registry behind the API of Quay, whose scan reports are invented.",
        servers.bases.host(),
        servers.vault.url(),
        servers.cluster.url(),
        servers.quay.host(),
    ));
    narrator.say("A small service, whose repository was made just now:");
    narrator.command("ls");
    narrator.output(&shop.service.git(&["ls-tree", "--name-only", "HEAD"]).replace('\n', "  "));
    show_commits(narrator, shop);
}

fn show_commits(narrator: &Narrator, shop: &Shop) {
    narrator.command("git log --oneline");
    narrator.output(&shop.service.git(&["log", "--oneline"]));
}

/// Runs the pipeline; what it says is seen as it comes, and as a tree where there is a terminal.
fn run(narrator: &Narrator, shop: &Shop, more: &[&str], expected: i32) -> Result<(), String> {
    let words = more.iter().map(|word| format!(" {word}")).collect::<String>();
    narrator.command(format_args!(
        "quayside run --all production -c {PIPELINE} -l shop.yml --secrets secrets.yml{words}"
    ));
    let mut command = shop.command(&[&["--all", "production"], more].concat());
    // A terminal's kind decides on colours and the tree.
    command.envs(std::env::vars_os().filter(|(name, _)| name == "TERM" || name == "NO_COLOR"));
    let status = command.stdin(Stdio::null()).status();
    let status = status.map_err(|problem| format!("cannot run quayside: {problem}"))?;
    if status.code() == Some(expected) { Ok(()) } else { Err(format!("quayside ended with {status}")) }
}

fn show_what_runs(narrator: &Narrator, shop: &Shop) {
    let short = |digest: &str| digest.chars().take("sha256:".len() + 12).collect::<String>();
    let digest_of =
        |image: &str| image.rsplit_once('@').map_or_else(|| "nothing".into(), |(_, digest)| short(digest));
    narrator.command(format_args!("tags of {REPOSITORY}, and what runs"));
    for (tag, expiry) in shop.expiries() {
        let days =
            expiry.map_or_else(|| "stays".into(), |seconds| format!("expires in {} days", seconds / 86_400));
        let digest = shop.tag(&tag).unwrap_or_default();
        narrator.output(&format!("{tag:<18} {}  {days}", short(&digest)));
    }
    for environment in ["staging", "production"] {
        narrator.output(&format!("{environment:<18} {}  runs", digest_of(&shop.runs(environment))));
    }
}

fn expect(shop: &Shop, environment: &str, digest: &str) -> Result<(), String> {
    let image = shop.runs(environment);
    if image.ends_with(digest) { Ok(()) } else { Err(format!("{environment} runs `{image}`, not {digest}")) }
}

fn runs(shop: &Shop) -> Result<String, String> {
    let mut command = std::process::Command::new(program::path("quayside")?);
    let output = command.arg("runs").env_clear().envs(shop.environment()).output();
    let output = output.map_err(|problem| format!("cannot run quayside: {problem}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
