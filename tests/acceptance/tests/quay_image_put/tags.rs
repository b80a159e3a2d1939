//! Which tags move, in which order, and what the step says of them.

use serde_json::json;

use crate::place::{Place, REPOSITORY, image, other_image};

#[test]
fn tags_are_the_sources_the_versions_its_aliases_and_those_of_the_file() {
    let place = Place::new().with(&json!({"tag": "edge"}));
    let params = json!({
        "image": place.layout("image", &image()), "version": "v1.2.3", "bump_aliases": true,
        "additional_tags": "tags/list", "tag_prefix": "ci-",
    });
    place.write("tags/list", "one\n\n two\tthree\n");
    let result = place.put(&params).json();
    assert_eq!(result["version"], json!({"tag": "edge", "digest": image().digest()}));
    let tags = "edge 1.2.3 latest 1 1.2 ci-one ci-two ci-three";
    let repository = place.quay.source["repository"].clone();
    assert_eq!(
        result["metadata"],
        json!([{"name": "repository", "value": repository}, {"name": "tags", "value": tags}])
    );
    for tag in tags.split(' ') {
        assert_eq!(place.digest(tag).as_deref(), Some(image().digest()), "{tag}");
    }
    assert_eq!(place.tags().len(), tags.split(' ').count());
}

#[test]
fn aliases_stay_where_the_registry_has_something_newer() {
    let cases = [
        ("newer patch", json!({}), "1.2.4", "1.2.3", "1.2.3"),
        ("newer minor", json!({}), "1.3.0", "1.2.3", "1.2.3 1.2"),
        ("newer major", json!({}), "2.0.0", "1.2.3", "1.2.3 1 1.2"),
        ("pre-release", json!({}), "1.2.2", "1.2.3-rc.1", "1.2.3-rc.1"),
        ("variant", json!({"variant": "slim"}), "9.0.0", "1.2.3", "1.2.3-slim slim 1-slim 1.2-slim"),
        ("newer of the variant", json!({"variant": "slim"}), "1.2.9-slim", "1.2.3", "1.2.3-slim"),
    ];
    for (case, source, there, version, expected) in cases {
        let place = Place::new().with(&source);
        other_image().push(&place.registry, REPOSITORY, there);
        let params =
            json!({"image": place.layout("image", &image()), "version": version, "bump_aliases": true});
        let result = place.put(&params).json();
        assert_eq!(result["metadata"][1]["value"], expected, "{case}");
        assert_eq!(place.digest(there).as_deref(), Some(other_image().digest()), "{case}");
    }
}

#[test]
fn a_tag_that_stands_twice_is_pushed_and_named_once() {
    let place = Place::new().with(&json!({"tag": "latest"}));
    let params = json!({"image": place.layout("image", &image()), "version": "1.0.0", "bump_aliases": true});
    assert_eq!(place.put(&params).json()["metadata"][1]["value"], "latest 1.0.0 1 1.0");
}

#[test]
fn params_that_make_no_sense_are_refused_before_anything_is_sent() {
    let place = Place::new();
    place.layout("image", &image());
    place.layout("other", &image());
    place.write("tags/empty", " \n");
    place.write("tags/bad", "good ba/d");
    let notary = json!({"server": "https://notary.example.com", "repository_key": "secret-notary-key"});
    let cases = [
        ("no tag", json!({"image": "image"}), "no tag to push"),
        ("no image", json!({"version": "1.0.0"}), "`image` is missing"),
        ("misspelt", json!({"image": "image", "versoin": "1.0.0"}), "did you mean `version`?"),
        ("no version", json!({"image": "image", "version": "one"}), "`one` is no semantic version"),
        ("build metadata", json!({"image": "image", "version": "1.0.0+7"}), "build metadata"),
        (
            "prefix alone",
            json!({"image": "image", "version": "1.0.0", "tag_prefix": "x"}),
            "`params.tag_prefix`",
        ),
        (
            "prefix with an empty file",
            json!({"image": "image", "version": "1.0.0", "tag_prefix": "x", "additional_tags": "tags/empty"}),
            "`params.tag_prefix`",
        ),
        ("bad tag", json!({"image": "image", "additional_tags": "tags/bad"}), "`ba/d` is no tag"),
        ("no such file", json!({"image": "image", "additional_tags": "tags/none"}), "tags/none"),
        ("nothing matches", json!({"image": "imag?s/*", "version": "1.0.0"}), "matches nothing"),
        ("two match", json!({"image": "[io]*[er]", "version": "1.0.0"}), "matches 2 files: image, other"),
        ("out of the inputs", json!({"image": "../x", "version": "1.0.0"}), "no path below the inputs"),
        (
            "expiry",
            json!({"image": "image", "version": "1.0.0", "expires_after": "2 weeks"}),
            "`12h`, `3d`, `2w`",
        ),
        ("key", json!({"image": "image", "version": "1.0.0", "sign": {"key": "no-pem-at-all"}}), "not PEM"),
    ];
    for (case, params, expected) in cases {
        let outcome = place.put(&params);
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("no-pem-at-all"), "{case}: a secret is shown");
    }
    let trusting = place.with(&json!({"content_trust": notary}));
    let outcome = trusting.put(&json!({"image": "image", "version": "1.0.0"}));
    assert!(outcome.error().contains("sign with cosign"), "{}", outcome.stderr);
    assert!(trusting.proxy.requests().is_empty(), "{:?}", trusting.proxy.requests());
}
