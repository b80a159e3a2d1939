//! A release's way: installed from a chart in a registry, with an image out of quay-image and a password out of Vault;
//! upgraded; and an upgrade that fails, says why, and goes back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use http::Method;
use serde_json::{Value, json};
use stack::image::{Builder, Layer};
use stack::{Folder, Kubernetes, Registry, Vault};

use crate::narrator::Narrator;
use crate::resource::Resource;

pub(crate) fn play(narrator: &Narrator) -> Result<(), String> {
    narrator.scene("helm-release: a chart, an image and a secret become a release");
    let place = Place::new(narrator)?;
    place.fetch_inputs("1.0.0", "an image")?;

    let shop = Resource::new(narrator, "helm-release", place.source());
    narrator.say("Installed from the chart in the registry, and waited for. The password never shows:");
    let first = shop.put(place.build(), place.params(json!({})))?["version"].clone();
    narrator.say("What Concourse would see:");
    shop.check(None)?;

    narrator.say("A new image. Before the release is changed, the log shows what will change:");
    place.fetch_inputs("1.1.0", "a newer image")?;
    let changed = place.params(json!({"diff": "show", "values_inline": {"replicas": 2}}));
    let second = shop.put(place.build(), changed)?["version"].clone();
    narrator.say("What Concourse would see since the first version:");
    shop.check(Some(&first))?;

    narrator.say("An upgrade whose pods crash. The log says why, and the release goes back:");
    let broken = json!({"values_inline": {"plays": "crash-loop"}, "timeout": "5s", "on_failure": "rollback"});
    shop.put_that_fails(place.build(), place.params(broken))?;
    narrator.say("What Concourse would see since the second version, the failed revision and the way back:");
    let versions = shop.check(Some(&second))?;

    narrator.say("Fetched for a task that wants to know what runs:");
    let newest = versions.as_array().and_then(|all| all.last()).cloned().ok_or("check found no version")?;
    let release = place.make("release")?;
    shop.get(&release, &newest, json!({}))?;
    for name in ["images.txt", "values.yaml"] {
        narrator.command(format_args!("cat release/{name}"));
        narrator.output(&fs::read_to_string(release.join(name)).map_err(|problem| problem.to_string())?);
    }
    Ok(())
}

/// The servers, and the artifacts that the put finds.
struct Place<'a> {
    narrator: &'a Narrator,
    registry: Registry,
    vault: Vault,
    cluster: Kubernetes,
    folder: Folder,
    build: PathBuf,
}

impl<'a> Place<'a> {
    fn new(narrator: &'a Narrator) -> Result<Self, String> {
        let (registry, vault, cluster) = (Registry::plain(), Vault::dev(), Kubernetes::start());
        narrator.say(format_args!(
            "A real Kubernetes API server listens on {}, with its controllers; a registry on {}, a Vault on {}.",
            cluster.url(),
            registry.host(),
            vault.url()
        ));
        cluster.set_container_log(&["starting", "panic: no route to the database"]);
        let secret = json!({"data": {"user": "orders", "password": "correct-horse-battery"}});
        vault.call(Method::POST, "secret/data/shop/database", Some(&secret));
        let folder = Folder::new("demo");
        push_chart(&registry, folder.path())?;
        let build = folder.path().join("build");
        let place = Self { narrator, registry, vault, cluster, folder, build };
        place.make("build")?;
        Ok(place)
    }

    /// Pushes an image, and fetches its names and the secret as a job's `get` steps do.
    fn fetch_inputs(&self, version: &str, content: &str) -> Result<(), String> {
        let images = self.make(&format!("image-{version}"))?;
        let layer = Layer::new().directory("etc").file("etc/motd", content);
        Builder::new().layer(layer).build().write_oci_archive(&images.join("image.tar"), "demo");
        let repository = format!("{}/acme/shop", self.registry.host());
        let quay = Resource::new(self.narrator, "quay-image", json!({"repository": repository}));
        let pushed = quay.put(&images, json!({"image": "image.tar", "version": version}))?;
        quay.get(&self.make("build/image")?, &pushed["version"], json!({"skip_download": true}))?;

        let secret = json!({"path": "secret/shop/database", "name": "database"});
        let source = json!({"address": self.vault.url(), "token": self.vault.root_token(), "secret": secret});
        let vault = Resource::new(self.narrator, "vault-secret", source);
        let versions = vault.check(None)?;
        vault.get(&self.make("build/database")?, &versions[0], json!({})).map(drop)
    }

    fn source(&self) -> Value {
        json!({
            "cluster_url": self.cluster.url(), "cluster_ca": self.cluster.ca_pem(), "token": self.cluster.token(),
            "namespace": "default", "release": "shop",
            "registries": [{"host": self.registry.host(), "plain_http": true}],
        })
    }

    fn params(&self, further: Value) -> Value {
        let mut params = json!({
            "chart": format!("oci://{}/charts/shop", self.registry.host()), "version": "1.0.0",
            "values_from": [
                {"kind": "Image", "artifact": "image"},
                {"kind": "Vault", "artifact": "database", "key": "password", "target_path": "password"},
            ],
            "check_is_ready": true,
        });
        if let (Value::Object(params), Value::Object(further)) = (&mut params, further) {
            params.extend(further);
        }
        params
    }

    fn build(&self) -> &Path {
        &self.build
    }

    /// Makes an empty folder.
    fn make(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.folder.path().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).map_err(|problem| format!("cannot make {}: {problem}", folder.display()))?;
        Ok(folder)
    }
}

/// Packs the chart of the tests and pushes it with Helm.
fn push_chart(registry: &Registry, folder: &Path) -> Result<(), String> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/shop");
    let helm = |arguments: &[&str]| {
        let output = Command::new(stack::binary("helm4")).args(arguments).current_dir(folder).output();
        let output = output.map_err(|problem| format!("cannot run Helm: {problem}"))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(format!("helm {}: {said}", arguments[0])) }
    };
    helm(&["package", &chart.display().to_string()])?;
    helm(&["push", "shop-1.0.0.tgz", &format!("oci://{}/charts", registry.host()), "--plain-http"])
}
