//! The pipeline that keeps one for each service, with the example of its configuration.

use std::process::{Command, Stdio};

use acceptance::program;
use shop::repository;
use stack::Folder;

/// Shows what `set-services` would set, with a configuration that was changed.
fn set_services(change: impl FnOnce(&mut String)) -> (i32, String) {
    set_services_at(&Folder::new("home"), change)
}

/// The same, with a memory of what was set before.
fn set_services_at(home: &Folder, change: impl FnOnce(&mut String)) -> (i32, String) {
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

#[test]
fn each_service_gets_a_pipeline_with_its_own_variables_over_those_of_all() {
    let (code, said) = set_services(|_| {});
    assert_eq!(code, 0, "{said}");
    for text in [
        "quay.io/acme/search",
        "https://search.example.com",
        "concourse/oci-build-task",
        "trigger: false -> true",
    ] {
        assert!(said.contains(text), "`{text}` in {said}");
    }
}

#[test]
fn a_service_is_added_by_three_lines() {
    let three = "- name: cart\n  source: https://git.example.com/acme/cart.git\n  variables: services/assembled.yml\n";
    let (code, said) = set_services(|services| services.push_str(three));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("quay.io/acme/cart"), "{said}");
}

#[test]
fn a_service_without_its_file_fails_and_says_which() {
    let (code, said) = set_services(|services| *services = services.replace("assembled.yml", "assmbled.yml"));
    assert_ne!(code, 0, "{said}");
    assert!(said.contains("services/assmbled.yml"), "{said}");
}

/// Concourse archives what an earlier build has set and this one does not. Without a Concourse nothing is archived, so this
/// tells alone that the pipeline is not among those that would be set.
#[test]
fn a_service_that_is_removed_is_not_set_any_more_and_the_others_stay_as_they_are() {
    let home = Folder::new("home");
    let (code, said) = set_services_at(&home, |_| {});
    assert!(code == 0 && said.contains("acme/search"), "{said}");
    let (code, said) = set_services_at(&home, |services| {
        services.truncate(services.find("- name: search").expect("the example has it"));
    });
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("acme/search"), "{said}");
    assert!(said.contains("no changes"), "{said}");
}
