//! A quay-image artifact as the `image:` values that charts have.

use kit::{Context, Inputs, Result};
use serde_json::{Value, json};

/// Names, tags and digests are short.
const LARGEST: u64 = 4096;

/// Returns `{repository, tag, digest}` of what a quay-image get wrote. An artifact of a digest alone has no tag.
pub(super) fn image(inputs: &Inputs, artifact: &str) -> Result<Value> {
    let read = |name: &str| -> Result<Option<String>> {
        let path = format!("{artifact}/{name}");
        if !inputs.resolve(artifact)?.join(name).exists() {
            return Ok(None);
        }
        Ok(Some(inputs.read_text(&path, LARGEST)?.trim().to_owned()).filter(|text| !text.is_empty()))
    };
    let repository = read("repository")?.ok_or_else(|| kit::Error::new("it has no file `repository`"));
    let repository = repository
        .context(|| format!("`{artifact}` is no image artifact"))
        .hint(|| "name the folder of a quay-image or registry-image get".into())?;
    let mut image = json!({"repository": repository});
    for name in ["tag", "digest"] {
        if let Some(text) = read(name)? {
            image[name] = text.into();
        }
    }
    Ok(image)
}

/// Returns the repository and the digest of an artifact.
pub(crate) fn repository_and_digest(inputs: &Inputs, artifact: &str) -> Result<(String, Option<String>)> {
    let image = image(inputs, artifact)?;
    let text = |name: &str| image.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok((text("repository").unwrap_or_default(), text("digest")))
}
