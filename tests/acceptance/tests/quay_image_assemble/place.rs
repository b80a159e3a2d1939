//! A registry behind a proxy, and a folder with inputs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use acceptance::{Outcome, Resource};
use serde_json::{Value, json};
use stack::image::{Builder, Content, Layer, Remote, noise};
use stack::{FaultProxy, Folder, Registry};

/// The repository that tests push to.
pub(crate) const REPOSITORY: &str = "assembled/app";
/// The repository of bases.
pub(crate) const BASE: &str = "bases/base";

/// A registry behind a proxy, and a folder with inputs.
pub(crate) struct Place {
    pub(crate) registry: Registry,
    pub(crate) proxy: FaultProxy,
    pub(crate) inputs: Folder,
    pub(crate) quay: Resource,
}

impl Place {
    /// A registry, and the input `build` with a program and its configuration.
    pub(crate) fn new() -> Self {
        let registry = Registry::plain();
        let proxy = FaultProxy::in_front_of(&registry);
        let quay =
            Resource::new("quay-image", json!({"repository": format!("{}/{REPOSITORY}", proxy.host())}));
        let place = Self { registry, proxy, inputs: Folder::new("inputs"), quay };
        place.write("build/out/bin/app", "#!/bin/sh\n", 0o755);
        place.write("build/out/etc/app.conf", "colour = green\n", 0o644);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.inputs.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }

    /// Puts what `assemble` says as version 1.0.0.
    pub(crate) fn put(&self, assemble: &Value) -> Outcome {
        self.quay.put(self.inputs.path(), &json!({"assemble": assemble, "version": "1.0.0"}))
    }

    /// Gets what the last put made into a new folder.
    pub(crate) fn get(&self, version: &Value) -> Folder {
        let folder = Folder::new("fetched");
        self.quay.get(folder.path(), version, &json!({})).json();
        folder
    }

    pub(crate) fn remote(&self) -> Remote {
        Remote::from(&self.registry)
    }

    /// Returns the manifest and the configuration of what a put made.
    pub(crate) fn image(&self, reference: &str) -> (Value, Value) {
        let manifest = self.remote().manifest(REPOSITORY, reference).unwrap();
        let digest = manifest["config"]["digest"].as_str().unwrap();
        let config = self.remote().blob(REPOSITORY, digest).unwrap();
        (manifest, serde_json::from_slice(&config).unwrap())
    }

    /// What was written through the proxy: method and path.
    pub(crate) fn writes(&self) -> Vec<String> {
        let all = self.proxy.requests().into_iter();
        all.filter(|request| !matches!(request.method.as_str(), "GET" | "HEAD"))
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }
}

/// A base of two layers with some configuration.
pub(crate) fn base(platform: &str) -> Content {
    Builder::new()
        .platform(platform)
        .layer(Layer::new().directory("etc").file("etc/motd", "hello\n").file("platform", platform))
        .layer(Layer::new().file("noise", noise(1, 300_000)))
        .env("PATH", "/usr/bin")
        .env("LANG", "C")
        .user("root")
        .build()
}
