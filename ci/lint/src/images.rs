//! What an `image_resource` names.

use pipeline::Span;
use pipeline::model::ImageResource;

/// An image of a registry, as a task names it.
pub(crate) struct ImageReference {
    pub(crate) repository: String,
    pub(crate) tag: Option<String>,
    pub(crate) has_digest: bool,
    pub(crate) span: Span,
}

impl ImageReference {
    /// Returns the image, when it is one of a registry and its name is known.
    pub(crate) fn of(image: &ImageResource) -> Option<Self> {
        if !matches!(image.kind.as_str(), "registry-image" | "docker-image" | "quay-image") {
            return None;
        }
        let source = image.source.as_ref()?;
        let node = source.get("repository")?;
        let written = node.as_str().filter(|name| !name.contains("(("))?;
        let (name, digest) =
            written.split_once('@').map_or((written, None), |(name, digest)| (name, Some(digest)));
        // A colon behind the last slash starts a tag, one before it a port.
        let slash = name.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, own_tag) = match name[slash..].find(':') {
            Some(colon) => (&name[..slash + colon], Some(name[slash + colon + 1..].to_owned())),
            None => (name, None),
        };
        let tag =
            source.get("tag").filter(|tag| !tag.is_null()).map(pipeline::yaml::Node::to_env_text).or(own_tag);
        let picks_itself =
            ["semver_constraint", "tag_regex", "variant"].iter().any(|key| source.get(key).is_some());
        let pinned = image.version.iter().flatten().any(|(name, _)| **name == "digest");
        let has_digest = digest.is_some()
            || pinned
            || picks_itself
            || tag.as_deref().is_some_and(|tag| tag.contains("(("));
        Some(Self { repository: repository.into(), tag, has_digest, span: node.span })
    }
}
