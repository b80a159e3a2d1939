//! The annotations that the image specification predefines
//! (<https://github.com/opencontainers/image-spec/blob/main/annotations.md>).

pub(crate) const SOURCE: &str = "org.opencontainers.image.source";
pub(crate) const REVISION: &str = "org.opencontainers.image.revision";
pub(crate) const VERSION: &str = "org.opencontainers.image.version";
pub(crate) const BASE_NAME: &str = "org.opencontainers.image.base.name";
pub(crate) const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";
