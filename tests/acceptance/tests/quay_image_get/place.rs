//! A registry behind a proxy, and a folder to be filled.

use std::collections::BTreeSet;
use std::path::PathBuf;

use acceptance::{Outcome, Resource};
use serde_json::{Value, json};
use stack::image::{Builder, Content, Layer, noise};
use stack::{FaultProxy, Folder, Registry};

/// The repository that tests fetch from.
pub(crate) const REPOSITORY: &str = "get/app";
/// The tag that tests push by.
pub(crate) const TAG: &str = "1.0.0";

/// A registry behind a proxy, and a folder to be filled.
pub(crate) struct Place {
    pub(crate) registry: Registry,
    pub(crate) proxy: FaultProxy,
    pub(crate) folder: Folder,
    pub(crate) quay: Resource,
}

impl Place {
    /// A plain registry with an image.
    pub(crate) fn with(image: &Content) -> Self {
        Self::on(Registry::plain(), image)
    }

    pub(crate) fn on(registry: Registry, image: &Content) -> Self {
        image.push(&registry, REPOSITORY, TAG);
        let proxy = FaultProxy::in_front_of(&registry);
        let source = json!({"repository": format!("{}/{REPOSITORY}", proxy.host())});
        Self { registry, proxy, folder: Folder::new("get"), quay: Resource::new("quay-image", source) }
    }

    /// Adds fields to the source.
    pub(crate) fn source(mut self, fields: &Value) -> Self {
        for (name, value) in fields.as_object().unwrap() {
            self.quay.source[name] = value.clone();
        }
        self
    }

    pub(crate) fn get(&self, image: &Content, params: &Value) -> Outcome {
        self.quay.get(self.folder.path(), &version(image), params)
    }

    /// Runs a get that must be refused as every refusal is: exit status 1, no word on stdout, advice on stderr, nothing
    /// left in the folder. Returns stderr.
    #[track_caller]
    pub(crate) fn refusal(&self, image: &Content, params: &Value) -> String {
        let payload = json!({"source": self.quay.source, "version": version(image), "params": params});
        let mut command = self.quay.command("in", Some(self.folder.path()));
        let output = command.write_stdin(payload.to_string()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(output.stdout.is_empty(), "{stderr}");
        assert!(stderr.contains("hint: "), "no advice: {stderr}");
        assert!(self.names().is_empty(), "{:?} left: {stderr}", self.names());
        stderr
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|problem| panic!("{name}: {problem}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap_or_else(|problem| panic!("{name}: {problem}"))
    }

    /// The names in the folder.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// How often blobs were asked for.
    pub(crate) fn blob_requests(&self) -> usize {
        self.proxy.requests().iter().filter(|request| request.path.contains("/blobs/")).count()
    }
}

pub(crate) fn version(image: &Content) -> Value {
    json!({"tag": TAG, "digest": image.digest()})
}

/// A small image of three layers, one of them large enough to break off within.
pub(crate) fn image() -> Content {
    Builder::new()
        .layer(Layer::new().directory("etc").file("etc/motd", "hello\n").file("etc/gone", "x"))
        .layer(Layer::new().file("noise", noise(1, 3_000_000)))
        .layer(Layer::new().whiteout("etc/gone").executable("bin/app", "#!/bin/app\n").zstd())
        .env("PATH", "/bin")
        .user("1000:1000")
        .label("team", "a")
        .label("org.opencontainers.image.title", "App")
        .config(|config| {
            config["config"]["Cmd"] = json!(["run"]);
            config["config"]["Entrypoint"] = json!(["/bin/app"]);
        })
        .annotation("org.opencontainers.image.source", "https://example.com")
        .annotation("internal", "no")
        .build()
}

/// The layer of [`image`] that is large.
pub(crate) fn large_layer(image: &Content) -> &str {
    &image.blobs[1].digest
}
