//! The pipeline that keeps one for each service, with the example of its configuration.

use std::process::{Command, Stdio};

use acceptance::program;
use shop::repository;
use stack::Folder;

/// Shows what `set-services` would set, with a configuration that was changed and a memory of what was set before.
fn set_services(home: &Folder, change: impl FnOnce(&mut String)) -> (i32, String) {
    let example = repository().join("pipelines/services/example");
    let config = Folder::new("config");
    std::fs::create_dir(config.path().join("services")).unwrap();
    for name in ["defaults.yml", "services-pipeline.yml", "services/assembled.yml", "services/search.yml"] {
        std::fs::copy(example.join(name), config.path().join(name)).unwrap();
    }
    let mut services = std::fs::read_to_string(example.join("services.yml")).unwrap();
    change(&mut services);
    config.write("services.yml", services);

    let mut command = Command::new(program("quayside"));
    command.args(["run", "set-services", "--assume-passed", "--runtime", "process"]);
    command.arg("-i").arg(format!("config={}", config.path().display())).args(["-i", "quayside=."]);
    command.arg("-l").arg(config.path().join("services-pipeline.yml"));
    command.args(["-c", "pipelines/services/pipeline.yml"]).current_dir(repository()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("QUAYSIDE_HOME", home.path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

/// Returns the pipeline of a service as it would be set.
fn pipeline_of(home: &Folder, service: &str) -> String {
    let start = format!("build-to-deploy_service_{service}-");
    let files = std::fs::read_dir(home.path().join("pipelines")).unwrap().flatten();
    let file = files.into_iter().find(|file| file.file_name().to_string_lossy().starts_with(&start));
    std::fs::read_to_string(file.unwrap_or_else(|| panic!("no pipeline of {service}")).path()).unwrap()
}

#[test]
fn each_service_gets_a_pipeline_with_its_own_variables_over_those_of_all() {
    let home = Folder::new("home");
    let (code, said) = set_services(&home, |_| {});
    assert_eq!(code, 0, "{said}");
    let (shop, search) = (pipeline_of(&home, "shop"), pipeline_of(&home, "search"));
    for text in ["quay.io/acme/search", "https://search.example.com", "concourse/oci-build-task"] {
        assert!(search.contains(text), "`{text}` in {search}");
        assert!(!shop.contains(text), "`{text}` in {shop}");
    }
    assert!(shop.contains("quay.io/acme/shop") && shop.contains("quay.io/acme/base"), "{shop}");
    // The freeze of all.
    assert!([&shop, &search].iter().all(|pipeline| pipeline.contains("2026-12-18/2027-01-03")), "{said}");
}

#[test]
fn a_service_is_added_by_three_lines() {
    let home = Folder::new("home");
    let three = "- name: cart\n  source: https://git.example.com/acme/cart.git\n  variables: services/assembled.yml\n";
    let (code, said) = set_services(&home, |services| services.push_str(three));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("`build-to-deploy/service:cart`"), "{said}");
    assert!(pipeline_of(&home, "cart").contains("quay.io/acme/cart"), "{said}");
}

#[test]
fn a_service_without_its_file_fails_and_says_which() {
    let change = |services: &mut String| *services = services.replace("assembled.yml", "assmbled.yml");
    let (code, said) = set_services(&Folder::new("home"), change);
    assert_ne!(code, 0, "{said}");
    assert!(said.contains("services/assmbled.yml"), "{said}");
}

/// Concourse archives what an earlier build has set and this one does not. Without a Concourse nothing is archived, so this
/// tells alone that the pipeline is not among those that would be set.
#[test]
fn a_service_that_is_removed_is_not_set_any_more_and_the_others_stay_as_they_are() {
    let home = Folder::new("home");
    let (code, said) = set_services(&home, |_| {});
    assert!(code == 0 && said.contains("`build-to-deploy/service:search`"), "{said}");
    let (code, said) = set_services(&home, |services| {
        services.truncate(services.find("- name: search").expect("the example has it"));
    });
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("search"), "{said}");
    assert!(said.contains("no changes to apply"), "{said}");
}
