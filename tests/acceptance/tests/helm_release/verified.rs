//! Charts that must be signed: by cosign in a registry, by a provenance file beside an archive.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use stack::Registry;

use crate::place::{Place, charts};

/// The chart `shop`, packed and pushed to a registry of its own.
struct Pushed {
    place: Place,
    registry: Registry,
    digest: String,
}

impl Pushed {
    fn new() -> Self {
        let (place, registry) = (Place::new(), Registry::plain());
        package(&place, &[]);
        let archive = place.inputs.path().join("out/shop-1.0.0.tgz");
        let push = Command::new(stack::binary("helm4"))
            .arg("push")
            .arg(archive)
            .args([&format!("oci://{}/charts", registry.host()), "--plain-http"])
            .output()
            .unwrap();
        let said =
            String::from_utf8_lossy(&push.stderr).into_owned() + &String::from_utf8_lossy(&push.stdout);
        let digest = said.lines().find_map(|line| line.strip_prefix("Digest: "));
        let digest = digest.unwrap_or_else(|| panic!("{said}")).trim().to_owned();
        Self { place, registry, digest }
    }

    /// Makes a pair of keys, `cosign.key` and `cosign.pub`, in the place of those that are there.
    fn new_keys(&self) {
        for name in ["cosign.key", "cosign.pub"] {
            let _ = fs::remove_file(self.place.inputs.path().join(name));
        }
        self.cosign(&["generate-key-pair"]);
    }

    fn sign(&self) {
        let name = format!("{}/charts/shop@{}", self.registry.host(), self.digest);
        let local = ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "--yes"];
        self.cosign(&[&["sign", "--key", "cosign.key"], &local[..], &[&name]].concat());
    }

    fn cosign(&self, arguments: &[&str]) {
        let folder = self.place.inputs.path();
        let mut command = Command::new(stack::binary("cosign"));
        command.args(arguments).current_dir(folder).env("COSIGN_PASSWORD", "").env("HOME", folder);
        succeed(&mut command);
    }

    fn put(&self, cosign: &Value) -> acceptance::Outcome {
        let host = self.registry.host();
        let source = json!({"registries": [{"host": host, "plain_http": true}]});
        let chart = format!("oci://{host}/charts/shop");
        let params = json!({"chart": chart, "version": "1.0.0", "verify": {"cosign": cosign}});
        self.place.put_with(source, params)
    }
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn package(place: &Place, further: &[&str]) {
    let folder = place.inputs.path().join("out").display().to_string();
    let chart = charts().join("shop").display().to_string();
    let (done, text) =
        place.helm("helm4", &[&["package", &chart, "--destination", &folder], further].concat());
    assert!(done, "{text}");
}

#[test]
fn a_chart_of_a_registry_is_verified_by_cosign() {
    let pushed = Pushed::new();
    pushed.new_keys();
    let by_file = json!({"key": "cosign.pub"});
    let unsigned = pushed.put(&by_file);
    assert!(unsigned.error().contains("can't be verified"), "{}", unsigned.stderr);
    assert_eq!(pushed.place.check(None), json!([]), "nothing was installed");

    pushed.sign();
    assert_eq!(pushed.put(&by_file).json()["version"]["revision"], "1");
    let public = fs::read_to_string(pushed.place.inputs.path().join("cosign.pub")).unwrap();
    assert_eq!(pushed.put(&json!({"key": public})).json()["version"]["revision"], "2");

    let incomplete = pushed.put(&json!({"identity": "ann@example.com"}));
    assert!(incomplete.error().contains("does not say who must have signed"), "{}", incomplete.stderr);

    pushed.new_keys();
    let another = pushed.put(&by_file);
    assert!(another.error().contains("can't be verified"), "{}", another.stderr);
}

/// A key of GnuPG's, with its keyrings as Helm reads them.
fn signer(home: &Path) {
    fs::create_dir_all(home).unwrap();
    fs::set_permissions(home, fs::Permissions::from_mode(0o700)).unwrap();
    let gpg = |arguments: &[&str]| {
        succeed(Command::new("gpg").arg("--homedir").arg(home).args(["--batch", "--yes"]).args(arguments));
    };
    let ring = |name: &str| home.join(name).display().to_string();
    gpg(&["--passphrase", "", "--quick-generate-key", "signer@example.com", "rsa2048", "sign", "never"]);
    gpg(&["--output", &ring("secret.gpg"), "--export-secret-keys", "signer@example.com"]);
    gpg(&["--output", &ring("public.gpg"), "--export", "signer@example.com"]);
    // Its agent would outlive the test.
    let _ = Command::new("gpgconf").arg("--homedir").arg(home).args(["--kill", "all"]).status();
}

#[test]
fn an_archive_is_verified_by_its_provenance() {
    let place = Place::new();
    let home = place.inputs.path().join("gnupg");
    signer(&home);
    let keyring = home.join("secret.gpg").display().to_string();
    package(&place, &["--sign", "--key", "signer@example.com", "--keyring", &keyring]);
    let params = json!({"chart": "out/shop-*.tgz", "verify": {"keyring": "gnupg/public.gpg"}});
    place.put(params.clone()).json();

    fs::write(place.inputs.path().join("out/shop-1.0.0.tgz.prov"), "forged").unwrap();
    let forged = place.put(params);
    assert!(forged.error().contains("cannot upgrade release `web`"), "{}", forged.stderr);
    assert_eq!(place.check(None)[0]["revision"], "1", "nothing was changed");
}
