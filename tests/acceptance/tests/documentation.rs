//! The tables of keys in docs/ are those of the built programs. `UPDATE_DOCS=1` rewrites them.

use std::fs;
use std::path::Path;
use std::process::Command;

use kit::schema::{reference, replace_section};
use serde_json::Value;

const PARTS: [&str; 4] = ["source", "version", "get_params", "put_params"];

fn check(resource: &str) {
    let output = Command::new(acceptance::program(resource)).arg("--schema").output().unwrap();
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/{resource}.md"));
    let page = fs::read_to_string(&path).unwrap_or_default();
    let wanted = PARTS.iter().fold(page.clone(), |page, part| {
        let table = reference(&schema[*part]);
        let replaced = replace_section(&page, part, &table);
        replaced.unwrap_or_else(|| panic!("docs/{resource}.md has no <!-- {part} --> … <!-- /{part} -->"))
    });
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).unwrap();
    } else {
        let remedy = "UPDATE_DOCS=1 cargo test -p acceptance --test documentation";
        assert!(page == wanted, "docs/{resource}.md is not what the program says: {remedy}");
    }
}

#[test]
fn quay_image_page_has_the_keys_of_the_program() {
    check("quay-image");
}

#[test]
fn helm_release_page_has_the_keys_of_the_program() {
    check("helm-release");
}

#[test]
fn vault_secret_page_has_the_keys_of_the_program() {
    check("vault-secret");
}
