//! A shop whose pipeline runs on a real Concourse.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use concourse::{Concourse, Pipeline};
use serde_json::{Value, json};
use shop::{Shop, repository};
use stack::{Folder, GitServer, Kubernetes, Registry};

use crate::{images, tools};

/// The Concourse and all that its pipelines reach on this machine.
pub(crate) struct Place {
    pub(crate) shop: Shop,
    /// Holds the images of the resource types and that of the tasks.
    types: Registry,
    tools_image: Value,
    git: GitServer,
    /// What `git` serves: `shop`, `quayside`, and what tests add.
    repositories: Folder,
    /// Stopped last: the address that all others listen on may be gone with it.
    pub(crate) concourse: Concourse,
}

/// Returns the place of all tests that run, which the last of them ends; nothing where the environment names no Concourse,
/// which is said.
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
pub(crate) fn place() -> Option<Arc<Place>> {
    static PLACE: Mutex<Weak<Place>> = Mutex::new(Weak::new());
    let mut known = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    let place = known.upgrade().or_else(|| Concourse::from_environment().map(Place::open).map(Arc::new));
    match &place {
        Some(place) => *known = Arc::downgrade(place),
        None => eprintln!("skipped: {}", Concourse::SKIPPED),
    }
    place
}

impl Place {
    fn open(concourse: Concourse) -> Self {
        stack::listen_on(concourse.address_of_this_machine());
        // Nothing of it is run on this machine, so it needs no programs.
        let shop = Shop::open(Path::new("/"), Arc::new(Kubernetes::start()));
        let types = Registry::plain();
        images::push(&types);
        let tools_image = tools::push(&types);
        let repositories = Folder::new("repositories");
        symlink(shop.service.path(), repositories.path().join("shop")).unwrap();
        let git = GitServer::start(repositories.path());
        let place = Self { shop, types, tools_image, git, repositories, concourse };
        place.add_repository("quayside", |folder| {
            copy(&repository().join("pipelines"), &folder.join("pipelines"))
        });
        place
    }

    /// Returns a pipeline that is this run's alone.
    pub(crate) fn pipeline(&self, name: &str) -> Pipeline<'_> {
        self.concourse.pipeline(&format!("quayside-{}-{name}", std::process::id()))
    }

    /// Makes a repository with one commit.
    pub(crate) fn add_repository(&self, name: &str, fill: impl FnOnce(&Path)) {
        let folder = self.folder(name);
        fs::create_dir_all(&folder).unwrap();
        git(&folder, &["init", "--quiet", "--initial-branch", "main"]);
        fill(&folder);
        commit(&folder);
    }

    /// Changes a repository, by one commit.
    pub(crate) fn change_repository(&self, name: &str, change: impl FnOnce(&Path)) {
        let folder = self.folder(name);
        change(&folder);
        commit(&folder);
    }

    /// Returns a repository's working tree.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.repositories.path().join(name)
    }

    /// Returns where Concourse finds a repository.
    pub(crate) fn url(&self, repository: &str) -> String {
        self.git.url(repository)
    }

    /// Returns the service's own variables, with secrets in plain text: so Concourse itself hides nothing, and what a log
    /// does not show is what our resource types keep out of it.
    pub(crate) fn variables(&self) -> Value {
        let mut variables = self.shop.secrets.fill(&self.shop.variables());
        let own = json!({
            "types-repository": format!("{}/types", self.types.host()), "types-tag": "test",
            "quayside-uri": self.url("quayside"), "source-uri": self.url("shop"),
            "tools-image": self.tools_image, "build-image": self.tools_image,
            "deploy-timeout": "1m",
            "production-automatic": true,
            // Any time of the day.
            "night-start": "12:00 AM", "night-stop": "11:59 PM",
        });
        variables.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        variables
    }

    /// Fails where anything that Concourse shows of a pipeline shows a secret: builds, their plans, checks, versions.
    pub(crate) fn assert_no_secret_in(&self, pipeline: &Pipeline<'_>) {
        for build in pipeline.builds().iter().chain(&pipeline.checks()) {
            self.shop.secrets.assert_not_in(&build.kept());
        }
        for resource in pipeline.resources() {
            self.shop.secrets.assert_not_in(&resource.to_string());
            let name = resource["name"].as_str().unwrap_or_default();
            let versions = pipeline.versions(name);
            self.shop.secrets.assert_not_in(&Value::from(versions).to_string());
        }
    }
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "a test's"]);
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=Shop", "-c", "user.email=shop@example.com"];
    let status = Command::new("git").current_dir(folder).args(identity).args(arguments).status();
    assert!(status.is_ok_and(|status| status.success()), "git {arguments:?}");
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    let parent = to.parent().unwrap();
    fs::create_dir_all(parent).unwrap();
    let status = Command::new("cp").arg("--recursive").arg("--no-target-directory").args([from, to]).status();
    assert!(status.is_ok_and(|status| status.success()), "{} could not be copied", from.display());
}
