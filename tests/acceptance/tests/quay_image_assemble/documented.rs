//! The examples of docs/quay-image.md, as they stand there.

use std::path::Path;

use serde_json::Value;
use stack::image::Index;

use crate::place::{BASE, Place, base};

#[test]
fn the_examples_of_the_page_are_put() {
    let place = Place::new();
    let bases = Index::of(["linux/amd64", "linux/arm64"].map(base)).build();
    bases.push(&place.registry, BASE, "1.2");
    base("linux/amd64").write_layout(&place.path("base/oci"), "1");
    place.write("source/config/app.conf", "a = b\n", 0o644);
    place.write("source/.git/ref", "0123abc\n", 0o644);
    place.write("build/amd64/app", "amd64\n", 0o755);
    place.write("build/arm64/app", "arm64\n", 0o755);
    let examples = examples(&format!("{}/{BASE}", place.proxy.host()));
    assert_eq!(examples.len(), 2, "{examples:?}");
    for params in &examples {
        place.quay.put(place.inputs.path(), params).json();
    }
}

/// Returns the params of the steps that assemble, with the base's name replaced.
fn examples(base: &str) -> Vec<Value> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quay-image.md");
    let page = std::fs::read_to_string(page).unwrap().replace("quay.io/acme/base", base);
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let steps = blocks.filter(|block| block.contains("assemble:"));
    steps
        .flat_map(|block| serde_saphyr::from_str::<Vec<Value>>(block).unwrap())
        .filter(|step| step["params"]["assemble"].is_object())
        .map(|step| step["params"].clone())
        .collect()
}
