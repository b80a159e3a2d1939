use std::fs;
use std::path::Path;

use reqwest::StatusCode;

use super::*;
use crate::runtime::wait_for;
use crate::web::client;

fn status(registry: &Registry, path: &str, user: Option<(&str, &str)>) -> StatusCode {
    let mut request = client(registry.ca_pem().as_deref()).get(format!("{}{path}", registry.url()));
    if let Some((name, password)) = user {
        request = request.basic_auth(name, Some(password));
    }
    wait_for(request.send()).expect("an answer").status()
}

#[test]
fn plain_registry_answers_and_is_gone_after_drop() {
    let registry = Registry::plain();
    assert_eq!(status(&registry, "/v2/", None), StatusCode::OK);
    let (address, id, folder) = (registry.host(), registry.process_id(), registry.folder.path().to_owned());
    drop(registry);
    assert!(std::net::TcpStream::connect(address).is_err(), "nothing listens");
    assert!(!Path::new(&format!("/proc/{id}")).exists(), "the process was waited for");
    assert!(!folder.exists(), "the folder was removed");
}

#[test]
fn tls_registry_is_trusted_by_its_own_authority_alone() {
    let registry = Registry::builder().tls().start();
    assert_eq!(status(&registry, "/v2/", None), StatusCode::OK);
    let stranger = client(Some(&Authority::new().ca_pem())).get(registry.url());
    assert!(wait_for(stranger.send()).is_err());
}

#[test]
fn htpasswd_registry_wants_its_user() {
    let registry = Registry::builder().htpasswd("ann", "right").start();
    let cases = [(None, 401), (Some(("ann", "wrong")), 401), (registry.user(), 200)];
    for (user, expected) in cases {
        assert_eq!(status(&registry, "/v2/", user).as_u16(), expected, "{user:?}");
    }
}

/// Fetches a token for `scope` and asks the registry for a repository's tags with it.
fn tags_with_token(
    registry: &Registry,
    user: Option<(&str, &str)>,
    scope: &str,
    repository: &str,
) -> (u16, u16) {
    let http = client(None);
    let mut request = http.get(format!("{}?service=registry.test&scope={scope}", registry.token_url()));
    if let Some((name, password)) = user {
        request = request.basic_auth(name, Some(password));
    }
    let url = format!("{}/v2/{repository}/tags/list", registry.url());
    wait_for(async move {
        let answer = request.send().await.expect("the token server's answer");
        let issued = answer.status().as_u16();
        let body: serde_json::Value =
            serde_json::from_slice(&answer.bytes().await.expect("its body")).expect("JSON");
        let token = body["token"].as_str().unwrap_or_default();
        let used = http.get(url).bearer_auth(token).send().await.expect("the registry's answer");
        (issued, used.status().as_u16())
    })
}

#[test]
fn token_registry_checks_what_the_token_allows() {
    let auth =
        TokenAuth::user("ann", "right").grant("bob", "his", "bobs/", "pull").anonymous("public/", "pull");
    let registry = Registry::builder().token_auth(auth).start();
    let (ann, bob) = (Some(("ann", "right")), Some(("bob", "his")));
    let cases = [
        ("allowed, and absent", ann, "repository:acme/app:pull", "acme/app", (200, 404)),
        ("wrong password", Some(("ann", "wrong")), "repository:acme/app:pull", "acme/app", (401, 401)),
        ("scope of another repository", ann, "repository:acme/app:pull", "acme/other", (200, 401)),
        ("fewer actions than asked for", bob, "repository:acme/app:pull", "acme/app", (200, 401)),
        ("own prefix", bob, "repository:bobs/app:pull", "bobs/app", (200, 404)),
        ("everybody's", None, "repository:public/app:pull", "public/app", (200, 404)),
        ("nobody's", None, "repository:acme/app:pull", "acme/app", (200, 401)),
    ];
    for (case, user, scope, repository, expected) in cases {
        assert_eq!(tags_with_token(&registry, user, scope, repository), expected, "{case}");
    }
    let requests = registry.token_requests();
    assert_eq!(requests.len(), cases.len());
    assert_eq!(requests[1].status, 401);
    assert_eq!(requests[3].user.as_deref(), Some("bob"));
    assert_eq!(requests[3].scopes, ["repository:acme/app:pull"]);
    registry.forget_token_requests();
    assert!(registry.token_requests().is_empty());
}

#[test]
fn expired_token_is_refused() {
    let registry = Registry::builder().token_auth(TokenAuth::user("ann", "right").lifetime(-62)).start();
    let outcome = tags_with_token(&registry, registry.user(), "repository:acme/app:pull", "acme/app");
    assert_eq!(outcome, (200, 401));
}

#[test]
fn failure_to_start_tells_the_servers_own_words() {
    let folder = Folder::new("broken");
    let mut command = Command::new(binary("registry"));
    command.arg("serve").arg(folder.write("config.yml", "version: 9.9\n"));
    let mut process = Process::start("registry", command, folder.path());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| process.wait_until_listening(1)));
    let message = *outcome.expect_err("a panic").downcast::<String>().expect("a message");
    assert!(message.contains("configuration error"), "{message}");
    assert!(fs::read_to_string(folder.path().join("registry.log")).is_ok_and(|log| !log.is_empty()));
}
