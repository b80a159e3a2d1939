//! A registry with a repository, and quay-image on it.

use acceptance::Resource;
use serde_json::{Value, json};
use stack::Registry;
use stack::image::{Builder, Content, Remote};

/// The repository that the tests fill.
pub(crate) const REPOSITORY: &str = "acme/app";

/// A registry of its own for one test.
pub(crate) struct Place {
    pub(crate) registry: Registry,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { registry: Registry::plain() }
    }

    /// Pushes images: `a=1.2.3,latest b=2.0.0` puts image `a` under two tags and `b` under one.
    pub(crate) fn with(images: &str) -> Self {
        let place = Self::new();
        place.push(images);
        place
    }

    pub(crate) fn push(&self, images: &str) {
        for (name, tags) in images.split(' ').filter_map(|image| image.split_once('=')) {
            image(name).push_tags(&self.registry, REPOSITORY, tags.split(','));
        }
    }

    /// Deletes an image with all its tags.
    pub(crate) fn delete(&self, name: &str) {
        Remote::from(&self.registry).delete(REPOSITORY, image(name).digest());
    }

    /// Checks with more of a source than the repository.
    pub(crate) fn check(&self, source: &Value, since: Option<&Value>) -> String {
        let resource = resource(&self.registry.host(), source);
        shown(&resource.check(since).json())
    }
}

/// The image of a name: the same name gives the same digest, whose first letter tests never see.
pub(crate) fn image(name: &str) -> Content {
    Builder::new().label("name", name).build()
}

/// An image that says when it was made.
pub(crate) fn dated(name: &str, created: &str) -> Content {
    let date = json!(created);
    Builder::new().label("name", name).config(|config| config["created"] = date).build()
}

/// The version of an image under a tag.
pub(crate) fn version(name: &str, tag: &str) -> Value {
    json!({"tag": tag, "digest": image(name).digest()})
}

pub(crate) fn resource(host: &str, source: &Value) -> Resource {
    let mut whole = json!({"repository": format!("{host}/{REPOSITORY}")});
    for (key, value) in source.as_object().into_iter().flatten() {
        whole[key] = value.clone();
    }
    Resource::new("quay-image", whole)
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
