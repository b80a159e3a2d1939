//! The signatures that a registry holds of a digest.

mod bundle;
mod log;
mod tagged;

use kit::Result;
use oci_registry::{Client, Digest};

pub(crate) use log::LogEntry;
pub(crate) use tagged::{CONFIG_TYPE, PAYLOAD_TYPE, SIGNATURE_ANNOTATION, signature_tag};

/// How many signatures of one digest are looked at.
const MOST_SIGNATURES: usize = 100;
/// How large a payload or bundle may be: attestations are the largest that stand in the same places.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A signature as it was found: nothing of it is verified but that it speaks of the digest.
#[derive(Debug)]
pub(crate) struct Signature {
    /// The bytes that were signed.
    pub(crate) message: Vec<u8>,
    /// The signature of them.
    pub(crate) signature: Vec<u8>,
    /// The SHA-256 digest, in hexadecimal, by which a log knows what was signed.
    pub(crate) logged_digest: String,
    /// The certificate of a signer without a key, in DER, followed by the chain above it.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// The transparency log's word on it.
    pub(crate) log: Option<LogEntry>,
}

/// What the registry holds: signatures, and why others that stand there can't count.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) signatures: Vec<Signature>,
    pub(crate) refused: Vec<String>,
}

impl Found {
    fn add(&mut self, outcome: Result<Signature>) {
        match outcome {
            Ok(signature) => self.signatures.push(signature),
            Err(reason) => self.refused.push(reason.to_string()),
        }
    }
}

/// Fetches all signatures of `digest`: those at its tag, and the bundles that refer to it.
///
/// # Errors
/// When the registry can't be asked. What is malformed there is in [`Found::refused`].
pub(crate) async fn signatures(client: &Client, digest: &Digest) -> Result<Found> {
    let mut found = Found::default();
    tagged::collect(client, digest, &mut found).await?;
    bundle::collect(client, digest, &mut found).await?;
    Ok(found)
}
