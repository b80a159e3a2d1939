//! The repository of the service, with its chart, its tasks, and a copy of the shared ones.

use std::fs;
use std::path::Path;
use std::process::Command;

use stack::Folder;

use crate::files::copy;
use crate::shop::repository;

/// What the repository's remote is called where nothing is ever asked there.
pub const URI: &str = "https://git.example.com/acme/shop.git";

/// Named by the variable that the pipeline gives to every task.
const IMAGE: &str = "
image_resource:
  type: registry-image
  source: {repository: ((image.repository))}
  version: {digest: ((image.digest))}
";
const TEST: &str = "
platform: linux
inputs: [{name: source}]
run: {path: test, args: [-f, source/VERSION]}
";
const BUILD: &str = "
platform: linux
inputs: [{name: source}]
outputs: [{name: built}]
run: {path: cp, args: [source/serve, built/serve]}
";
const SMOKE: &str = "
platform: linux
params: {URL: ''}
run: {path: sh, args: [-euc, 'echo asked $URL; test $URL != https://broken.example.com']}
";

/// A repository with one commit or more, on the branch `main`.
#[derive(Debug)]
pub struct Service {
    folder: Folder,
}

impl Service {
    /// Makes the repository, with a first commit that is good.
    ///
    /// # Panics
    /// When git does not do what it is told, as all that makes commits here.
    pub fn new(uri: &str) -> Self {
        let service = Self { folder: Folder::new("service") };
        let root = service.path();
        copy(&repository().join("tests/charts/shop"), &root.join("chart"));
        copy(&repository().join("pipelines/tasks"), &root.join("pipelines/tasks"));
        for (path, task) in [("ci/test.yml", TEST), ("ci/build.yml", BUILD), ("ci/smoke.yml", SMOKE)] {
            service.write(path, &format!("{}{IMAGE}", task.trim_start()));
        }
        service.write("VERSION", "1.4\n");
        service.write("chart/staging.yaml", "replicas: 1\n");
        service.write("chart/production.yaml", "replicas: 2\n");
        service.git(&["init", "--quiet", "--initial-branch", "main"]);
        service.git(&["remote", "add", "origin", uri]);
        service.build("first");
        service
    }

    /// Returns the working tree.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Changes what the image is made of, and commits it.
    pub fn build(&self, content: &str) {
        self.change("serve", content);
    }

    /// Commits a change whose pods crash in staging: what it is built of stays good.
    pub fn break_staging(&self) {
        self.change("chart/staging.yaml", "plays: crash-loop\n");
    }

    /// Commits the change that mends it.
    pub fn mend_staging(&self) {
        self.change("chart/staging.yaml", "replicas: 1\n");
    }

    /// Changes a file, and commits it.
    pub fn change(&self, path: &str, text: &str) {
        self.write(path, text);
        self.commit(path);
    }

    /// Runs git; returns what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=Shop", "-c", "user.email=shop@example.com"];
        let output = Command::new("git").current_dir(self.path()).args(identity).args(arguments).output();
        let output = output.expect("git can be run");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
}
