//! Keys that signatures are made and verified with.

mod der;
mod encrypted;
mod private;
mod public;

pub use private::SigningKey;
pub use public::PublicKey;

pub(crate) use der::value as der_value;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Returns the label and content of the first PEM block in a text.
pub(crate) fn first_pem(text: &str) -> Option<(String, Vec<u8>)> {
    let begin = text.find("-----BEGIN ")?;
    let (label, rest) = text[begin..].strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: String = body.chars().filter(|character| !character.is_whitespace()).collect();
    Some((label.to_owned(), STANDARD.decode(body).ok()?))
}
