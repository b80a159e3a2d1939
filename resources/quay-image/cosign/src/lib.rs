//! Verifies and makes cosign signatures of images and charts.
//!
//! [`verify`] finds a signature of a digest that satisfies a [`Policy`]: one made with a key, or one made without a key
//! by an identity that a certificate authority vouched for. It knows both places where cosign leaves signatures: the tag
//! `sha256-….sig` (since cosign 1), and Sigstore bundles that refer to the digest (the default of cosign 3). [`sign`]
//! writes the former, which every cosign verifies.
//!
//! - Signature format: <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>
//! - Bundles: <https://docs.sigstore.dev/about/bundle/>

mod found;
mod key;
mod keyless;
mod payload;
mod sign;
mod verify;

pub use key::{PublicKey, SigningKey};
pub use keyless::{Identity, Keyless, TrustedRoot};
pub use sign::{Signed, sign};
pub use verify::{Policy, verify};
