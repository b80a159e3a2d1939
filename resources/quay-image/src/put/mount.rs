//! Where else in the registry an image's blobs may be, so that they need not be sent.

use std::path::Path;

use kit::Inputs;
use oci_registry::{Client, Descriptor, Repository};

use super::payload::Payload;

/// What a get writes beside the image: the repository that it came from.
const REPOSITORY_FILE: &str = "repository";
const LONGEST_NAME: u64 = 4096;
/// What containerd notes on each layer, followed by a host.
const SOURCE_ANNOTATION: &str = "containerd.io/distribution.source.";
/// What builders note on an image: the one that it was built on.
const BASE_ANNOTATION: &str = "org.opencontainers.image.base.name";

/// The repositories of the same registry that may have an image's blobs.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    own: Repository,
    others: Vec<Repository>,
}

impl Origins {
    /// Collects what the files beside the image and the image itself tell.
    pub(super) fn new(
        client: &Client,
        inputs: &Inputs,
        images: &[impl AsRef<Path>],
        payload: &Payload,
    ) -> Self {
        let beside = images.iter().filter_map(|image| {
            let file = image.as_ref().with_file_name(REPOSITORY_FILE);
            let name = file.strip_prefix(inputs.root()).ok()?.to_str()?.to_owned();
            inputs.read_text(&name, LONGEST_NAME).ok()
        });
        let bases =
            payload.manifests().filter_map(|manifest| manifest.annotations().get(BASE_ANNOTATION).cloned());
        let own = client.repository().clone();
        let others = beside.chain(bases).filter_map(|name| other(&own, &name)).collect();
        Self { own, others }
    }

    /// Returns the path of the repository to mount a blob from, if one is known.
    pub(super) fn of(&self, descriptor: &Descriptor) -> Option<String> {
        let noted = descriptor.annotations.get(&format!("{SOURCE_ANNOTATION}{}", self.own.host()));
        // Several are separated by commas.
        let noted = noted
            .and_then(|paths| paths.split(',').find(|path| !path.is_empty() && *path != self.own.path()));
        noted.or_else(|| self.others.first().map(Repository::path)).map(str::to_owned)
    }
}

/// Reads a name, with or without tag or digest; `None` unless it is another repository of the same registry.
fn other(own: &Repository, name: &str) -> Option<Repository> {
    let name = name.trim().split('@').next()?;
    let name = match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    };
    let found: Repository = name.parse().ok()?;
    (found.host() == own.host() && found.path() != own.path()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_repositories_of_the_same_registry_count() {
        let own: Repository = "quay.io/acme/app".parse().unwrap();
        let cases = [
            ("quay.io/acme/base", Some("acme/base")),
            ("quay.io/acme/base:1.2\n", Some("acme/base")),
            ("quay.io/acme/base:1.2@sha256:abc", Some("acme/base")),
            ("quay.io/acme/app", None),
            ("debian:12", None),
            ("localhost:5000/acme/base", None),
            ("", None),
            ("not a name", None),
        ];
        for (name, expected) in cases {
            let found = other(&own, name);
            assert_eq!(found.as_ref().map(Repository::path), expected, "{name}");
        }
    }
}
