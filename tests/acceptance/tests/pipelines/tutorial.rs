//! docs/tutorial.md, typed in as it stands.

use std::process::{Command, Stdio};

use serde_json::json;
use shop::{REPOSITORY, repository};
use stack::Folder;

use crate::place::{cluster, open};

/// Tasks run straight on this machine, and commits have an author.
pub(crate) const PRELUDE: &str = r#"
set -euo pipefail
quayside() {
  local command=$1 more=()
  shift
  if [[ $command == run ]]; then more=(--runtime process); fi
  command quayside "$command" "${more[@]}" "$@"
}
git() { command git -c user.name=Hello -c user.email=hello@example.com "$@"; }
"#;

#[test]
fn every_command_of_the_tutorial_works() {
    let shop = open();
    let folder = Folder::new("tutorial");
    for environment in ["hello-staging", "hello-production"] {
        cluster().create_namespace(environment);
    }
    let mut company = shop.variables();
    // What a company has; the rest is the service's own.
    let common = [
        "tools-image",
        "image-repository",
        "image-access",
        "image-params",
        "vault-access",
        "staging-cluster",
    ];
    company.as_object_mut().unwrap().retain(|name, _| common.contains(&name.as_str()));
    company["production-cluster"] = company["staging-cluster"].clone();
    company["quay-scans"] = json!([]);
    folder.write("company.yml", company.to_string());
    folder.write("secrets.yml", shop.secrets.to_json().to_string());

    let output = Command::new("bash")
        .args(["-c", &format!("{PRELUDE}{}", commands())])
        .current_dir(folder.path())
        .env_clear()
        .envs(shop.environment())
        .env("QUAYSIDE", repository())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    for text in [
        "looks good",
        "promote: succeeded",
        "production: succeeded",
        "staging failed and went back",
        "CrashLoop",
    ] {
        assert!(said.contains(text), "`{text}` in {said}");
    }
    let tags = shop.servers.quay.repository(REPOSITORY).unwrap().live_names(shop.servers.quay.now());
    assert!(tags.contains(&"1.0.1".to_owned()) && tags.contains(&"1.0.3".to_owned()), "{tags:?}");
    assert!(!tags.contains(&"1.0.2".to_owned()), "{tags:?}");
}

/// What stands in the tutorial's blocks of shell, one after the other.
fn commands() -> String {
    let text = std::fs::read_to_string(repository().join("docs/tutorial.md")).unwrap();
    let blocks = text.split("\n```").filter_map(|block| block.strip_prefix("sh\n"));
    blocks.map(|block| format!("{block}\n")).collect()
}
