//! This project's own pipeline, as far as it runs without its servers: the sources are this checkout, its images are
//! stand-ins, and nothing is pushed.

use std::path::Path;
use std::process::{Command, Stdio};

use acceptance::program;
use shop::{Ended, repository};
use stack::Folder;
use stack::image::{Builder, Layer};

const IMAGES: [&str; 3] = ["quay-image", "helm-release", "vault-secret"];

/// Runs a job dry, with images as gets with `format: oci-layout` leave them.
fn run(job: &str, gets: &[&str], more: &[&str]) -> Ended {
    let (images, home) = (Folder::new("images"), Folder::new("home"));
    let mut command = Command::new(program("quayside"));
    command.args([
        "run",
        job,
        "--dry-run",
        "--assume-passed",
        "--runtime",
        "process",
        "-c",
        "ci/pipeline.yml",
    ]);
    command.args(["-l", "ci/variables.yml", "-i", "source=."]);
    for name in gets.iter().copied().chain(["builder"]) {
        let folder = images.path().join(name);
        stand_in(name, &folder);
        command.arg("-i").arg(format!("{name}={}", folder.display()));
    }
    command.args(more).current_dir(repository()).env_clear().env("QUAYSIDE_HOME", home.path());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
    Ended::from(command.output().unwrap())
}

fn stand_in(name: &str, folder: &Path) {
    std::fs::create_dir_all(folder.join("rootfs")).unwrap();
    let image = Builder::new().layer(Layer::new().directory("opt").file("opt/name", name)).build();
    image.write_oci_archive(&folder.join("image.tar"), name);
}

#[test]
fn the_release_job_gives_all_images_the_version_of_the_workspace() {
    let manifest = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let version =
        manifest.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"')).unwrap();
    let output = Folder::new("output");
    let ended = run("release", &IMAGES, &["-o", &format!("version={}", output.path().display())]).ended(0);
    assert_eq!(
        std::fs::read_to_string(output.path().join("number")).unwrap().trim(),
        version,
        "{}",
        ended.said
    );
    for name in IMAGES {
        ended.clone().said(&[&format!("put {name}-release")]);
    }
}

/// Building and testing are left out: that takes an hour, and is what runs this.
#[test]
fn the_other_jobs_get_what_they_need() {
    run("test", &[], &["--skip", "test"]).ended(0);
    run("images", &[], &["--skip", "build"]).ended(0).said(&[
        "put quay-image",
        "put helm-release",
        "put vault-secret",
    ]);
}
