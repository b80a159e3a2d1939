//! One file per key, byte for byte.

use kit::{Error, Result};

use super::Rendered;
use super::flat::sanitized;
use crate::params::OutputFile;
use crate::secret::FetchedSecret;

/// Writes `<folder>/<secret>/<key>`. The folder `.` is the get's own.
///
/// # Errors
/// When a key can't be a file's name.
pub(super) fn render(folder: &str, file: &OutputFile, secrets: &[&FetchedSecret]) -> Result<Vec<Rendered>> {
    let mut rendered = Vec::new();
    for secret in secrets {
        for (key, value) in &secret.values {
            let key = if file.sanitize.get() { sanitized(key) } else { key.clone() };
            let key = if file.upcase.get() { key.to_uppercase() } else { key };
            let key = format!("{}{key}", file.prefix);
            if key.is_empty() || key.contains(['/', '\0']) || key == "." || key == ".." {
                return Err(Error::new(format!(
                    "the key `{key}` of `{}` can't be a file's name",
                    secret.name
                ))
                .hint("`sanitize: true` replaces what does not fit; `keys` renames"));
            }
            let name = match folder {
                "." => format!("{}/{key}", secret.name),
                folder => format!("{}/{}/{key}", folder.trim_end_matches('/'), secret.name),
            };
            rendered.push(Rendered::new(name, value.bytes()));
        }
    }
    Ok(rendered)
}
