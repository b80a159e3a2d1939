//! `quayside webhook-url`.

use crate::desk::Desk;

const PIPELINE: &str = "
resources:
- {name: image, type: registry-image, webhook_token: ((hook)), source: {repository: a/b}}
- {name: other, type: mock}
jobs: [{name: job, plan: [{get: image}, {get: other}]}]
";

#[test]
fn the_url_has_all_that_concourse_asks_for() {
    let desk = Desk::with(PIPELINE);
    desk.write("secrets.yml", "hook: a b&c");
    let line = "webhook-url image -c pipeline.yml --pipeline shop --team t --url https://ci.example.com/ --secrets secrets.yml";
    let told = desk.quayside(line).ended(0).complained(&["Quay", "check_every: never"]);
    let expected = "https://ci.example.com/api/v1/teams/t/pipelines/shop/resources/image/check/webhook?webhook_token=a+b%26c\n";
    assert_eq!(told.stdout, expected);
    let told = desk.quayside(&format!("{line} --instance-var branch=main")).ended(0);
    assert!(told.stdout.ends_with("&vars.branch=%22main%22\n"), "{}", told.stdout);
}

#[test]
fn a_resource_without_a_token_is_refused() {
    let desk = Desk::with(PIPELINE);
    desk.quayside("webhook-url other -c pipeline.yml --url https://ci.example.com")
        .ended(2)
        .complained(&["has no `webhook_token`"]);
    desk.quayside("webhook-url image -c pipeline.yml --url https://ci.example.com")
        .ended(2)
        .complained(&["hook"]);
}
