//! The built images, entered as a Concourse worker does: by runc, as root of a user namespace, without a shell or a
//! library inside.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use acceptance::{Outcome, Resource};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use stack::image::{Builder, Layer};
use stack::{Folder, Kubernetes, Registry, Vault};

/// What a worker allows; see "Container" in Concourse's documentation of resource containers.
const CAPABILITIES: [&str; 14] = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];
/// Root of the container is this user of the machine.
const MAPPED_ROOT: u32 = 1_000_000;
const MAPPED_USERS: u32 = 65_536;

/// Builds the image of a resource type; returns its OCI layout folder.
fn build(name: &str, folder: &Folder) -> PathBuf {
    let output = folder.path().join("image");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../images/build");
    let built =
        Command::new(script).arg(name).arg("--output").arg(&output).stdout(Stdio::null()).status().unwrap();
    assert!(built.success(), "images/build {name}");
    output
}

fn digest(layout: &Path) -> String {
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    index["manifests"][0]["digest"].as_str().unwrap().to_owned()
}

/// A container's bundle: the root filesystem that quay-image itself fetched, and one folder for the step.
struct Bundle {
    folder: Folder,
    step: PathBuf,
}

impl Bundle {
    fn new(image: &Path, registry: &Registry, name: &str) -> Self {
        let repository = format!("{}/images/{name}", registry.host());
        let quay = Resource::new("quay-image", json!({"repository": repository, "tag": "test"}));
        let inputs = image.parent().unwrap();
        let version = quay.put(inputs, &json!({"image": "image"})).json()["version"].clone();
        let folder = Folder::new("bundle");
        quay.get(folder.path(), &version, &json!({})).json();
        let step = folder.path().join("step");
        fs::create_dir(&step).unwrap();
        give_to_container(folder.path());
        Self { folder, step }
    }

    fn rootfs(&self) -> PathBuf {
        self.folder.path().join("rootfs")
    }

    /// Runs a step in the container, as unprivileged as a worker runs it.
    fn run(&self, verb: &str, argument: &str, payload: &Value) -> Outcome {
        give_to_container(&self.step);
        fs::write(self.folder.path().join("config.json"), self.config(verb, argument).to_string()).unwrap();
        let id = format!(
            "quayside-{}-{}-{verb}",
            std::process::id(),
            self.folder.path().file_name().unwrap().to_string_lossy()
        );
        let mut command = assert_cmd::Command::new("runc");
        command
            .arg("--root")
            .arg(self.folder.path().join("state"))
            .args(["run", "--bundle"])
            .arg(self.folder.path());
        let output = command.arg(id).write_stdin(payload.to_string()).output().expect("runc is installed");
        Outcome {
            succeeded: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn config(&self, verb: &str, argument: &str) -> Value {
        let map = json!([{"containerID": 0, "hostID": MAPPED_ROOT, "size": MAPPED_USERS}]);
        let sets = ["bounding", "effective", "inheritable", "permitted"];
        let capabilities: serde_json::Map<String, Value> =
            sets.iter().map(|set| ((*set).to_owned(), json!(CAPABILITIES))).collect();
        json!({
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/usr/bin:/bin"], "capabilities": capabilities,
                "args": [format!("/opt/resource/{verb}"), argument],
            },
            "root": {"path": "rootfs"},
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
                {"destination": "/tmp/build", "type": "bind", "source": self.step, "options": ["bind", "rw"]},
            ],
            "linux": {
                "namespaces": [
                    {"type": "user"}, {"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
                ],
                "uidMappings": map, "gidMappings": map,
            },
        })
    }
}

/// Gives everything below a folder to the container's root, and lets it pass the folders above.
fn give_to_container(folder: &Path) {
    let owner = format!("{MAPPED_ROOT}:{MAPPED_ROOT}");
    let given =
        Command::new("chown").args(["--recursive", "--no-dereference", &owner]).arg(folder).status().unwrap();
    assert!(given.success(), "the test needs root to give files to another user");
    for above in folder.ancestors().skip(1).take_while(|path| path.starts_with(std::env::temp_dir())) {
        let mode = fs::metadata(above).unwrap().permissions().mode();
        let _ = fs::set_permissions(above, fs::Permissions::from_mode(mode | 0o111));
    }
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| {
            let metadata = entry.path().symlink_metadata().unwrap();
            if metadata.is_dir() { size(&entry.path()) } else { metadata.len() }
        })
        .sum()
}

/// Builds an image twice and enters it; says how many bytes it has unpacked, and in the registry.
fn enter(name: &str, registry: &Registry) -> (Bundle, u64, u64) {
    let (folder, again) = (Folder::new("image"), Folder::new("image"));
    let image = build(name, &folder);
    assert_eq!(digest(&image), digest(&build(name, &again)), "the same source gives the same digest");
    let bundle = Bundle::new(&image, registry, name);
    assert!(!bundle.rootfs().join("bin").exists(), "there is no shell");
    let unpacked = size(&bundle.rootfs());
    (bundle, unpacked, size(&image))
}

#[test]
fn quay_image_runs_in_its_image_as_on_a_worker() {
    let registry = Registry::plain();
    let (bundle, unpacked, _) = enter("quay-image", &registry);
    assert!(unpacked < 12_000_000, "the image has {unpacked} bytes");

    let layer =
        Layer::new().directory("bin").executable("bin/program", "content").symlink("bin/link", "program");
    let sample = Builder::new().layer(layer).build();
    fs::create_dir(bundle.step.join("put")).unwrap();
    fs::create_dir(bundle.step.join("get")).unwrap();
    sample.write_oci_archive(&bundle.step.join("put/image.tar"), "sample");
    let source = json!({"repository": format!("{}/sample", registry.host())});

    let params = json!({"image": "image.tar", "version": "1.2.3", "bump_aliases": true});
    let pushed = bundle.run("out", "/tmp/build/put", &json!({"source": source, "params": params})).json();
    let checked = bundle.run("check", "", &json!({"source": source})).json();
    assert_eq!(checked[0], pushed["version"]);
    let fetched =
        bundle.run("in", "/tmp/build/get", &json!({"source": source, "version": checked[0]})).json();
    assert_eq!(fetched["version"], checked[0]);
    let program = bundle.step.join("get/rootfs/bin/program");
    assert_eq!(fs::read_to_string(&program).unwrap(), "content");
    assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
    // Root inside is the mapped user outside.
    assert_eq!(fs::metadata(&program).unwrap().uid(), MAPPED_ROOT);
}

#[test]
fn vault_secret_runs_in_its_image_as_on_a_worker() {
    let registry = Registry::plain();
    let (bundle, unpacked, _) = enter("vault-secret", &registry);
    assert!(unpacked < 10_000_000, "the image has {unpacked} bytes");

    let vault = Vault::dev();
    let source =
        json!({"address": vault.url(), "token": vault.root_token(), "secret": {"path": "secret/app"}});
    fs::create_dir_all(bundle.step.join("put")).unwrap();
    fs::create_dir(bundle.step.join("get")).unwrap();
    let params = json!({"write": [{"path": "secret/app", "data": {"user": "ann"}}]});
    bundle.run("out", "/tmp/build/put", &json!({"source": source, "params": params})).json();
    let checked = bundle.run("check", "", &json!({"source": source})).json();
    bundle.run("in", "/tmp/build/get", &json!({"source": source, "version": checked[0]})).json();
    let found = fs::read_to_string(bundle.step.join("get/vault.json")).unwrap();
    assert!(found.contains("ann"), "{found}");
}

#[test]
fn helm_release_runs_in_its_image_as_on_a_worker() {
    let registry = Registry::plain();
    let (bundle, unpacked, compressed) = enter("helm-release", &registry);
    let binaries = ["helm3", "helm4"].map(|name| fs::read(stack::binary(name)).unwrap());
    let packed: usize = binaries.iter().map(|binary| gzip(binary)).sum();
    assert!(compressed < packed as u64 + 12_000_000, "{compressed} bytes, {packed} of them Helm's");
    let helms: usize = binaries.iter().map(Vec::len).sum();
    assert!(unpacked <= helms as u64 + 12_000_000, "the image has {unpacked} bytes, {helms} of them Helm's");

    let cluster = Kubernetes::start();
    fs::create_dir_all(bundle.step.join("put")).unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts"), &bundle.step.join("put/charts"));
    for helm in [3, 4] {
        let release = format!("web{helm}");
        let source = json!({"cluster_url": cluster.url(), "cluster_ca": cluster.ca_pem(),
            "token": cluster.token(), "release": release, "helm_version": helm});
        let params =
            json!({"chart": "charts/shop", "check_is_ready": true, "timeout": "60s", "show_diff": true});
        let pushed = bundle.run("out", "/tmp/build/put", &json!({"source": source, "params": params})).json();
        let checked = bundle.run("check", "", &json!({"source": source})).json();
        assert_eq!(checked, json!([pushed["version"]]));
        let get = bundle.step.join("get");
        fs::create_dir_all(&get).unwrap();
        bundle.run("in", "/tmp/build/get", &json!({"source": source, "version": checked[0]})).json();
        let status = fs::read_to_string(get.join("status.json")).unwrap();
        assert!(status.contains("\"ready\": true") || status.contains("\"ready\":true"), "{status}");
    }
}

/// Returns how many bytes are left of these.
fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("--recursive").arg(from).arg(to).status().unwrap();
    assert!(copied.success(), "cp {}", from.display());
}
