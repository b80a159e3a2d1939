//! The resource types that the worker brings.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::machine::Machine;
use crate::images::image;

/// The type whose place our `quay-image` takes.
const OURS: &str = "registry-image";

/// Makes a folder with our `quay-image` as `registry-image`, and beside it the other types of Concourse's distribution, or
/// of the folder that `CONCOURSE_RESOURCE_TYPES` names.
pub(super) fn gather(machine: &Machine, folder: &Path) -> PathBuf {
    let types = folder.join("resource-types");
    fs::create_dir(&types).expect("the folder is ours");
    let theirs = std::env::var_os("CONCOURSE_RESOURCE_TYPES").map_or_else(
        // As Concourse itself finds them: concourse/bin/concourse, concourse/resource-types.
        || machine.program().ancestors().nth(2).unwrap_or(Path::new("/")).join("resource-types"),
        PathBuf::from,
    );
    for entry in fs::read_dir(&theirs).into_iter().flatten().flatten() {
        if entry.file_name() != OURS {
            let path = entry.path().canonicalize().expect("an entry that was listed");
            symlink(path, types.join(entry.file_name())).expect("the folder is ours");
        }
    }
    let ours = types.join(OURS);
    let metadata = serde_json::json!({"type": OURS, "version": "1.0.0", "privileged": false});
    fs::create_dir(&ours).expect("the folder is ours");
    fs::write(ours.join("resource_metadata.json"), metadata.to_string()).expect("the folder is ours");
    unpack(machine, &image("quay-image"), folder, &ours.join("rootfs.tgz"));
    types
}

/// Makes one archive of an image's layers.
fn unpack(machine: &Machine, layout: &Path, folder: &Path, archive: &Path) {
    let run = |program: &str, arguments: &[String]| {
        let status = machine.run(program).args(arguments).status();
        assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?}");
    };
    let (blobs, root) = (folder.join("image"), folder.join("rootfs"));
    // It also finds the image where an index names other things beside it.
    let (from, to) = (format!("oci:{}:latest", layout.display()), format!("dir:{}", blobs.display()));
    run("skopeo", &["copy".into(), "--quiet".into(), from, to]);
    let manifest = fs::read(blobs.join("manifest.json")).expect("skopeo wrote it");
    let manifest: Json = serde_json::from_slice(&manifest).expect("a manifest is JSON");
    fs::create_dir(&root).expect("the folder is ours");
    let root = format!("--directory={}", root.display());
    for layer in manifest["layers"].as_array().into_iter().flatten() {
        let digest = layer["digest"].as_str().unwrap_or_default();
        let blob = blobs.join(digest.trim_start_matches("sha256:"));
        run("tar", &["--extract".into(), format!("--file={}", blob.display()), root.clone()]);
    }
    run(
        "tar",
        &["--create".into(), "--gzip".into(), format!("--file={}", archive.display()), root, ".".into()],
    );
}
