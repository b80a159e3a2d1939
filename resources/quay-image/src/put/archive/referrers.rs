//! What refers to an image in a layout: listed in `referrers.json`, which a get writes beside `index.json`.

use kit::{Context, Error, Result};
use oci_registry::{Content, Descriptor, Digest, Manifest, Tag, media_type};

use super::LARGEST_LIST;
use super::files::Files;
use super::layout;
use crate::put::payload::Referrer;

const LIST: &str = "referrers.json";

/// Reads the list, and what it names.
///
/// # Errors
/// When the list can't be read, or something that it names is missing or damaged.
pub(super) fn read(files: &Files) -> Result<Vec<Referrer>> {
    let Some(list) = files.find(LIST)? else { return Ok(Vec::new()) };
    let raw = list.read(LARGEST_LIST)?;
    let digest = Digest::sha256(&raw);
    let problem = || format!("`{LIST}` can't be used");
    let list = Manifest::parse(raw, digest, media_type::OCI_INDEX).context(problem)?;
    let Content::Index(list) = list.content else { return Err(Error::new(format!("`{LIST}` is no index"))) };
    list.manifests.iter().map(|entry| one(files, entry).context(problem)).collect()
}

/// Reads one. It says itself what it refers to, or stands at a tag that does.
fn one(files: &Files, entry: &Descriptor) -> Result<Referrer> {
    let top = layout::read_manifest(files, entry)?;
    let tag = entry.annotations.get(layout::NAME).map(|name| name.parse::<Tag>()).transpose()?;
    let subject = match &tag {
        Some(tag) => tag.subject(),
        None => top.subject(),
    };
    let subject = subject.ok_or_else(|| Error::new(format!("{} refers to nothing", top.digest)))?;
    Ok(Referrer { subject, tag, payload: layout::whole(files, top)? })
}
