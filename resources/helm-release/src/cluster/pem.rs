//! Certificates and keys that come as PEM, or as PEM in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use kit::{Error, Result};

const MARK: &str = "-----BEGIN ";

/// Returns the PEM in `text`, whichever of the two it is.
///
/// # Errors
/// When it is neither; `key` names the source's key.
pub(super) fn read(key: &str, text: &str) -> Result<String> {
    if text.contains(MARK) {
        return Ok(text.to_owned());
    }
    let bare: String = text.split_whitespace().collect();
    let decoded = STANDARD.decode(bare).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.filter(|pem| pem.contains(MARK)).ok_or_else(|| {
        Error::new(format!("`source.{key}` is neither PEM nor PEM in base64"))
            .hint("PEM starts with a line like `-----BEGIN CERTIFICATE-----`; in YAML write it after `|`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_is_read_plain_or_in_base64() {
        let pem = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";
        let wrapped =
            STANDARD.encode(pem).split_at(10).0.to_owned() + "\n" + STANDARD.encode(pem).split_at(10).1;
        for text in [pem.to_owned(), STANDARD.encode(pem), wrapped] {
            assert_eq!(read("cluster_ca", &text).unwrap(), pem);
        }
        assert!(read("cluster_ca", "nonsense").is_err());
    }
}
