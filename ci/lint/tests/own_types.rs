//! The schemas of this project's own types are those that their binaries print.
//!
//! `UPDATE_SAMPLES=1 cargo test -p lint --test own_types` writes them anew.

use std::fs;
use std::path::Path;

use lint::{FoundTaskFile, Lookup, Options, TaskFileFinder, TypeSchemas, lint};
use pipeline::Source;
use pipeline::vars::FlyVariables;
use serde_json::Value;

fn printed() -> [(&'static str, Value); 3] {
    [
        ("helm-release", kit::schema::of_resource::<helm_release::HelmRelease>()),
        ("quay-image", kit::schema::of_resource::<quay_image::QuayImage>()),
        ("vault-secret", kit::schema::of_resource::<vault_secret::VaultSecret>()),
    ]
}

#[test]
fn files_are_what_the_binaries_print() {
    for (name, schema) in printed() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/types/own/{name}.json"));
        let text = format!("{schema:#}\n");
        if std::env::var_os("UPDATE_SAMPLES").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{name}");
    }
}

struct NoFiles;

impl TaskFileFinder for NoFiles {
    fn find(&self, _: &Lookup<'_>) -> FoundTaskFile {
        FoundTaskFile::Unknown
    }
}

#[test]
fn a_typo_in_the_source_of_an_own_type_is_found_whatever_the_type_is_called() {
    let text = "
resource_types:
- {name: image, type: registry-image, source: {repository: example.com/quayside/quay-image, tag: v1}}
resources:
- {name: app, type: image, source: {repositry: quay.io/team/app}}
jobs:
- {name: build, plan: [{get: app, trigger: true}]}
";
    let options = Options {
        schemas: &TypeSchemas::new(),
        task_files: Some(&NoFiles),
        variables: &FlyVariables::default(),
        all_variables: false,
    };
    let linted = lint(Source::new("p.yml", text), &options);
    let found: Vec<&str> = linted
        .diagnostics
        .iter()
        .filter(|found| found.rule.name == "resource-schema")
        .map(|found| found.message.as_str())
        .collect();
    assert!(found.contains(&"the source of `image` has no `repositry`"), "{found:?}");
}
