//! A stub of Quay behind a proxy, and a folder with inputs.

use acceptance::{Outcome, Resource};
use serde_json::{Value, json};
use stack::image::{Builder, Content, Index, Layer};
use stack::quay_stub::{Finding, Scan};
use stack::{FaultProxy, Folder, QuayStub};

/// The repository that tests use.
pub(crate) const REPOSITORY: &str = "acme/app";
/// What a token may do in most tests.
pub(crate) const EVERYTHING: &str = "repo:read repo:write repo:admin repo:create";

/// A stub of Quay behind a proxy, and a folder with inputs.
pub(crate) struct Place {
    pub(crate) stub: QuayStub,
    pub(crate) proxy: FaultProxy,
    pub(crate) folder: Folder,
    pub(crate) quay: Resource,
}

impl Place {
    /// A Quay as it is by default, and a token that may do everything.
    pub(crate) fn new() -> Self {
        Self::on(QuayStub::start())
    }

    pub(crate) fn on(stub: QuayStub) -> Self {
        let proxy = FaultProxy::in_front_of(&stub);
        let token = stub.oauth_token(EVERYTHING);
        let source = json!({
            "repository": format!("{}/{REPOSITORY}", proxy.host()),
            "quay": {"url": proxy.url(), "token": token},
        });
        Self { stub, proxy, folder: Folder::new("quay"), quay: Resource::new("quay-image", source) }
    }

    /// Adds fields to the source.
    pub(crate) fn with(mut self, fields: &Value) -> Self {
        self.set(fields);
        self
    }

    pub(crate) fn set(&mut self, fields: &Value) {
        for (name, value) in fields.as_object().unwrap() {
            self.quay.source[name] = value.clone();
        }
    }

    /// Gives the source another token, with some scopes only.
    pub(crate) fn scopes(&mut self, scopes: &str) {
        self.quay.source["quay"]["token"] = json!(self.stub.oauth_token(scopes));
    }

    /// Pushes images: `a=1.2.3,latest b=2.0.0` puts image `a` under two tags and `b` under one.
    pub(crate) fn push(&self, images: &str) {
        for (name, tags) in images.split(' ').filter_map(|image| image.split_once('=')) {
            for tag in tags.split(',') {
                image(name).push(&self.stub, REPOSITORY, tag);
            }
        }
    }

    /// Pushes image `a` as `1.0.0`, `1.1.0` and on: many at once, and then put in order.
    pub(crate) fn push_many(&self, count: usize) {
        image("a").push_tags(&self.stub, REPOSITORY, (0..count).map(|minor| format!("1.{minor}.0")));
        let minor = |name: &str| name.split('.').nth(1).and_then(|minor| minor.parse::<i64>().ok());
        let first = self.stub.now() - i64::try_from(count).unwrap();
        self.stub.change(REPOSITORY, |repository| {
            repository.tags.sort_by_key(|row| minor(&row.name));
            repository
                .tags
                .iter_mut()
                .for_each(|row| row.start = first + minor(&row.name).unwrap_or_default());
        });
    }

    /// Says what the scanner found in an image, as in `Critical High`; nothing stands for an image without findings.
    pub(crate) fn scan(&self, name: &str, severities: &str) {
        self.stub.set_scan(REPOSITORY, image(name).digest(), scanned(severities));
    }

    pub(crate) fn check(&self, since: Option<&Value>) -> String {
        shown(&self.quay.check(since).json())
    }

    /// Gets an image into a folder of its own, which is also what comes back.
    pub(crate) fn get(&self, name: &str, tag: &str, params: &Value) -> (Folder, Outcome) {
        let folder = Folder::new("got");
        let outcome = self.quay.get(folder.path(), &version(name, tag), params);
        (folder, outcome)
    }

    /// Writes an image as the layout `name` below the inputs.
    pub(crate) fn layout(&self, name: &str, image: &Content) -> String {
        image.write_layout(&self.folder.path().join(name), "built");
        name.to_owned()
    }

    pub(crate) fn put(&self, params: &Value) -> Outcome {
        self.quay.put(self.folder.path(), params)
    }

    /// The digest of a live tag.
    pub(crate) fn digest(&self, tag: &str) -> Option<String> {
        let repository = self.stub.repository(REPOSITORY)?;
        repository.live(tag, self.stub.now()).map(|row| row.digest.clone())
    }

    /// When a live tag expires, in seconds from when it was pushed.
    pub(crate) fn expiry(&self, tag: &str) -> Option<i64> {
        let repository = self.stub.repository(REPOSITORY)?;
        repository.live(tag, self.stub.now()).and_then(|row| Some(row.end? - row.start))
    }

    /// The live tags, sorted.
    pub(crate) fn tags(&self) -> String {
        let repository = self.stub.repository(REPOSITORY).unwrap_or_default();
        let mut tags = repository.live_names(self.stub.now());
        tags.sort();
        tags.join(" ")
    }

    /// What was asked of Quay's API: method and path below the repository.
    pub(crate) fn asked(&self) -> Vec<String> {
        let below = format!("/api/v1/repository/{REPOSITORY}");
        let requests = self.proxy.requests().into_iter();
        let api = requests.filter(|request| request.path.starts_with("/api/v1/"));
        api.map(|request| format!("{} {}", request.method, request.path.replace(&below, ""))).collect()
    }

    /// What was changed through the proxy, at the registry and by the API: method and path.
    pub(crate) fn writes(&self) -> Vec<String> {
        let requests = self.proxy.requests().into_iter();
        let writes = requests.filter(|request| !matches!(request.method.as_str(), "GET" | "HEAD"));
        writes.map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

/// The image of a name: the same name gives the same digest.
pub(crate) fn image(name: &str) -> Content {
    Builder::new().layer(Layer::new().file("name", name)).label("name", name).build()
}

/// An index of an image for each of two platforms, and these.
pub(crate) fn index() -> (Content, Content, Content) {
    let of = |platform: &str| {
        let layer = Layer::new().file("platform", platform);
        Builder::new().platform(platform).layer(layer).build()
    };
    let (amd64, arm64) = (of("linux/amd64"), of("linux/arm64"));
    (Index::of([amd64.clone(), arm64.clone()]).build(), amd64, arm64)
}

/// The version of an image under a tag.
pub(crate) fn version(name: &str, tag: &str) -> Value {
    json!({"tag": tag, "digest": image(name).digest()})
}

/// Writes versions as `a=1.2.3 b=2.0.0`, by the names of the images that have the digests.
pub(crate) fn shown(versions: &Value) -> String {
    let names: Vec<(String, String)> =
        ('a'..='f').map(|name| (image(&name.to_string()).digest().to_owned(), name.to_string())).collect();
    let one = |version: &Value| {
        let digest = version["digest"].as_str().expect("every version has a digest");
        let name = names.iter().find(|(known, _)| known == digest).map_or("?", |(_, name)| name);
        format!("{name}={}", version["tag"].as_str().expect("every version has a tag"))
    };
    versions.as_array().expect("a list").iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A report with a finding of each severity: `CVE-2026-0001` and on, each fixed by a newer version of its package.
pub(crate) fn scanned(severities: &str) -> Scan {
    let finding = |(at, severity): (usize, &str)| {
        let name = format!("CVE-2026-{:04}", at + 1);
        Finding::new(&name, severity, "openssl", "3.0.1").fixed_by("3.0.2").score(7.5)
    };
    Scan::Scanned(severities.split_whitespace().enumerate().map(finding).collect())
}

/// A field of the metadata that a step printed.
#[track_caller]
pub(crate) fn metadata<'a>(result: &'a Value, name: &str) -> &'a str {
    let fields = result["metadata"].as_array().expect("metadata");
    let field = fields.iter().find(|field| field["name"] == name);
    field.and_then(|field| field["value"].as_str()).unwrap_or_else(|| panic!("no `{name}` in {fields:?}"))
}
