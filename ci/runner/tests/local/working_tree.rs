//! A git resource that is the working tree at hand.

use std::fs;
use std::path::Path;

use runner::local::WorkingTree;
use runner::outcome::Status;

use crate::desk::{Desk, script};

const RESOURCES: &str =
    "resources: [{name: r, type: git, source: {uri: \"https://example.com/team/app.git\", branch: main}}]";

/// Makes a repository with a commit, a change, a new file, and one that git ignores.
fn working_tree(folder: &Path) -> WorkingTree {
    let repository = git2::Repository::init(folder).unwrap();
    fs::write(folder.join("kept"), "committed\n").unwrap();
    fs::write(folder.join(".gitignore"), "*.log\n").unwrap();
    let mut index = repository.index().unwrap();
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let author = git2::Signature::now("A", "a@example.com").unwrap();
    repository.commit(Some("HEAD"), &author, &author, "first", &tree, &[]).unwrap();
    fs::write(folder.join("kept"), "changed\n").unwrap();
    fs::write(folder.join("new"), "new\n").unwrap();
    fs::write(folder.join("x.log"), "ignored\n").unwrap();
    WorkingTree::around(folder).unwrap()
}

#[test]
fn a_git_resource_is_the_tree_as_it_is() {
    let desk = Desk::of_processes();
    let tree = working_tree(&desk.folder.path().join("app"));
    let text = "cat r/kept r/new; ls r; cat r/.git/ref; echo spoilt > r/kept";
    let plan = "  - get: r\n".to_owned() + &script("t", None, "inputs: [{name: r}]", text);
    let job = desk.plan(&plan).resources(RESOURCES).newest("r");
    let seen = job.settings(move |settings| settings.working_tree = Some(tree.clone())).run();
    seen.succeeded();
    assert!(seen.log.contains("changed\nnew\n") && !seen.log.contains("x.log"), "{}", seen.log);
    let kept = fs::read_to_string(desk.folder.path().join("app/kept")).unwrap();
    assert_eq!(kept, "changed\n");
}

#[test]
fn a_resource_of_another_repository_says_how_the_tree_takes_its_place() {
    let desk = Desk::of_processes();
    let tree = working_tree(&desk.folder.path().join("elsewhere"));
    let job = desk.plan("  - get: r\n").resources(RESOURCES).version("r", "ref:abc");
    let seen = job.settings(move |settings| settings.working_tree = Some(tree.clone())).run();
    assert_eq!(seen.status, Status::Errored);
    assert!(seen.log.contains("--working-tree r"), "{}", seen.log);
}

#[test]
fn nothing_is_pushed_from_the_desk() {
    let desk = Desk::of_processes();
    let tree = working_tree(&desk.folder.path().join("app"));
    let plan = "  - get: r\n  - {put: r, params: {repository: r}}\n";
    let job = desk.plan(plan).resources(RESOURCES).newest("r");
    let seen = job.settings(move |settings| settings.working_tree = Some(tree.clone())).run();
    assert_eq!(seen.status, Status::Errored);
    assert!(
        seen.log.contains("would push from your desk") && seen.log.contains("--skip put"),
        "{}",
        seen.log
    );
}

#[test]
fn a_resource_can_be_the_tree_by_its_name() {
    let desk = Desk::of_processes();
    let tree = working_tree(&desk.folder.path().join("elsewhere"));
    let plan = "  - get: r\n".to_owned() + &script("t", None, "inputs: [{name: r}]", "cat r/new");
    let job = desk.plan(&plan).resources(RESOURCES).newest("r").settings(move |settings| {
        settings.working_tree = Some(tree.clone());
        settings.working_tree_for = ["r".to_owned()].into();
    });
    let seen = job.run();
    seen.succeeded();
    assert!(seen.log.contains("new\n"), "{}", seen.log);
}
