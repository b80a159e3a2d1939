//! A registry behind a proxy, and a folder with inputs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use acceptance::{Outcome, Resource};
use serde_json::{Value, json};
use stack::image::{Builder, Content, Layer, Remote, noise};
use stack::{FaultProxy, Folder, Registry, binary};

/// The repository that tests push to.
pub(crate) const REPOSITORY: &str = "put/app";

/// A registry behind a proxy, and a folder with inputs.
pub(crate) struct Place {
    pub(crate) registry: Registry,
    pub(crate) proxy: FaultProxy,
    pub(crate) inputs: Folder,
    pub(crate) quay: Resource,
}

impl Place {
    /// A plain registry and no input.
    pub(crate) fn new() -> Self {
        Self::on(Registry::plain())
    }

    pub(crate) fn on(registry: Registry) -> Self {
        let proxy = FaultProxy::in_front_of(&registry);
        let quay =
            Resource::new("quay-image", json!({"repository": format!("{}/{REPOSITORY}", proxy.host())}));
        Self { registry, proxy, inputs: Folder::new("inputs"), quay }
    }

    /// Adds fields to the source.
    pub(crate) fn with(mut self, fields: &Value) -> Self {
        for (name, value) in fields.as_object().unwrap() {
            self.quay.source[name] = value.clone();
        }
        self
    }

    /// Writes an image as the layout `name` below the inputs.
    pub(crate) fn layout(&self, name: &str, image: &Content) -> String {
        image.write_layout(&self.path(name), "built");
        name.to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.inputs.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn put(&self, params: &Value) -> Outcome {
        self.quay.put(self.inputs.path(), params)
    }

    /// The registry itself, without proxy and program.
    pub(crate) fn remote(&self) -> Remote {
        Remote::from(&self.registry)
    }

    pub(crate) fn digest(&self, tag: &str) -> Option<String> {
        self.remote().digest(REPOSITORY, tag)
    }

    /// The tags that the registry has, sorted.
    pub(crate) fn tags(&self) -> Vec<String> {
        let mut tags = self.remote().tags(REPOSITORY);
        tags.sort();
        tags
    }

    /// What was written through the proxy: method, path below the repository, and status.
    pub(crate) fn writes(&self) -> Vec<(String, String, u16)> {
        let written = self
            .proxy
            .requests()
            .into_iter()
            .filter(|request| !matches!(request.method.as_str(), "GET" | "HEAD"));
        written
            .map(|request| {
                let path = request.path.split_once(&format!("{REPOSITORY}/")).map_or("", |(_, path)| path);
                (request.method.to_string(), path.to_owned(), request.status.unwrap_or_default())
            })
            .collect()
    }

    /// Runs a tool that pushes or inspects images, and returns what it prints.
    #[track_caller]
    pub(crate) fn crane(&self, arguments: &[&str]) -> String {
        let output = Command::new(binary("crane")).args(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "crane {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// A small image of three layers, one of them large enough to break off within.
pub(crate) fn image() -> Content {
    Builder::new()
        .layer(Layer::new().directory("etc").file("etc/motd", "hello\n"))
        .layer(Layer::new().file("noise", noise(1, 600_000)))
        .layer(Layer::new().file("last", "last\n"))
        .build()
}

/// An image that differs from [`image`] in everything.
pub(crate) fn other_image() -> Content {
    Builder::new().layer(Layer::new().file("other", "other\n")).label("which", "other").build()
}
