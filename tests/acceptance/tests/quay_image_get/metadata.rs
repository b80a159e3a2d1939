//! What is shown of an image.

use serde_json::{Value, json};
use stack::image::Index;

use crate::place::{Place, TAG, image};

fn fields(fetched: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let metadata = fetched["metadata"].as_array().unwrap();
    metadata.iter().map(|field| (text(&field["name"]), text(&field["value"]))).collect()
}

#[test]
fn labels_and_annotations_are_shown_as_asked() {
    let image = image();
    let title = ("org.opencontainers.image.title", "App");
    let source = ("org.opencontainers.image.source", "https://example.com");
    let cases = [
        (json!({}), vec![]),
        (json!({"label_regex": "."}), vec![title, ("team", "a")]),
        (json!({"label_regex": "^te"}), vec![("team", "a")]),
        (json!({"annotation_regex": "^org"}), vec![source]),
        (json!({"label_regex": "^team$", "annotation_regex": "^org"}), vec![("team", "a"), source]),
    ];
    for (regexes, expected) in cases {
        for params in [
            json!({}),
            json!({"format": "oci"}),
            json!({"format": "oci-layout"}),
            json!({"skip_download": true}),
        ] {
            let place = Place::with(&image).source(&regexes);
            let repository = place.quay.source["repository"].as_str().unwrap().to_owned();
            let shown = fields(&place.get(&image, &params).json());
            let always = [("repository".to_owned(), repository), ("tag".to_owned(), TAG.to_owned())];
            let expected = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            assert_eq!(shown, always.into_iter().chain(expected).collect::<Vec<_>>(), "{regexes} {params}");
        }
    }
}

#[test]
fn an_index_without_the_platform_has_a_layout_but_no_labels() {
    let index = Index::of([image()]).build();
    let place =
        Place::with(&index).source(&json!({"label_regex": ".", "platform": {"architecture": "mips"}}));
    let fetched = place.get(&index, &json!({"format": "oci-layout"})).json();
    assert_eq!(fields(&fetched).len(), 2);
}

#[test]
fn what_concourse_reads_is_in_the_files() {
    let image = image();
    let place = Place::with(&image);
    place.get(&image, &json!({})).json();
    let expected =
        json!({"env": ["PATH=/bin"], "user": "1000:1000", "cmd": ["run"], "entrypoint": ["/bin/app"]});
    assert_eq!(place.json("metadata.json"), expected);
    assert_eq!(place.json("labels.json"), json!({"team": "a", "org.opencontainers.image.title": "App"}));
}
