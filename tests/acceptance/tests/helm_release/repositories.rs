//! Charts of a repository with an index, behind user and password.

use std::fs;

use base64::Engine as _;
use serde_json::json;

use crate::place::{Place, charts};
use crate::web::Web;

#[test]
fn a_chart_of_a_repository_is_fetched_with_credentials_by_range_of_versions() {
    let place = Place::new();
    let folder = place.inputs.path().join("repository");
    let chart = charts().join("shop").display().to_string();
    for version in ["1.0.0", "1.1.0", "2.0.0-rc.1"] {
        let folder = folder.display().to_string();
        let (done, text) =
            place.helm("helm4", &["package", &chart, "--version", version, "--destination", &folder]);
        assert!(done, "{text}");
    }
    let (done, text) = place.helm("helm4", &["repo", "index", &folder.display().to_string()]);
    assert!(done, "{text}");
    let wanted =
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("robot:repository-canary"));
    let web = Web::serve(move |asked| match asked.headers.get("authorization") {
        Some(given) if *given == wanted => match fs::read(folder.join(asked.path.trim_start_matches('/'))) {
            Ok(content) => (200, content),
            Err(_) => (404, Vec::new()),
        },
        _ => (401, Vec::new()),
    });
    let repository = |password: &str| json!({"repos": [{"name": "shop", "url": web.url, "username": "robot", "password": password}]});
    for (version, expected) in
        [(json!("~1.0"), "1.0.0"), (json!(null), "1.1.0"), (json!("2.0.0-rc.1"), "2.0.0-rc.1")]
    {
        let outcome = place
            .put_with(repository("repository-canary"), json!({"chart": "shop/shop", "version": version}));
        let metadata = outcome.json()["metadata"].clone();
        let chart = json!({"name": "chart", "value": format!("shop-{expected}")});
        assert!(metadata.as_array().unwrap().contains(&chart), "{metadata}");
    }
    let refused = place.put_with(repository("wrong-canary"), json!({"chart": "shop/shop"}));
    assert!(
        refused.error().contains("cannot fetch the index of the repository `shop`"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("canary"), "{}", refused.stderr);
}
