//! The repository of a small service, with its chart, its tasks, and a copy of the shared ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use stack::Folder;

/// What the repository's remote is called; nothing is ever asked there.
pub(crate) const URI: &str = "https://git.example.com/acme/shop.git";

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

/// A repository with one commit or more.
pub(crate) struct Service {
    folder: Folder,
}

impl Service {
    /// Makes the repository, with a first commit.
    pub(crate) fn new() -> Self {
        let service = Self { folder: Folder::new("service") };
        let root = service.path();
        copy(&repository().join("tests/charts/shop"), &root.join("chart"));
        copy(&repository().join("pipelines/tasks"), &root.join("pipelines/tasks"));
        let files = [
            ("VERSION", "1.4\n"),
            ("ci/test.yml", TEST),
            ("ci/build.yml", BUILD),
            ("ci/smoke.yml", SMOKE),
            ("chart/staging.yaml", "replicas: 1\n"),
            ("chart/production.yaml", "replicas: 2\n"),
        ];
        for (path, text) in files {
            service.write(path, text);
        }
        service.git(&["init", "--quiet", "--initial-branch", "main"]);
        service.git(&["remote", "add", "origin", URI]);
        service.build("first");
        service
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Changes what the image is made of, and commits it.
    pub(crate) fn build(&self, content: &str) {
        self.change("serve", content);
    }

    /// Changes a file, and commits it.
    pub(crate) fn change(&self, path: &str, text: &str) {
        self.write(path, text);
        self.commit(path);
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs git; returns what it printed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=Shop", "-c", "user.email=shop@example.com"];
        let output =
            Command::new("git").current_dir(self.path()).args(identity).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

/// The root of this repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
