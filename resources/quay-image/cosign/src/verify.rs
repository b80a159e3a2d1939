//! Whether a digest is signed by whom it must be signed.

use kit::{Error, Result, report};
use oci_registry::{Client, Digest};

use crate::found::{self, Signature};
use crate::{Keyless, PublicKey};

/// Who must have signed.
#[derive(Debug)]
pub enum Policy {
    /// The holder of a key.
    Key(PublicKey),
    /// An identity, as a certificate authority vouched for it.
    Keyless(Box<Keyless>),
}

impl Policy {
    fn describe(&self) -> String {
        match self {
            Self::Key(_) => "the given key".into(),
            Self::Keyless(keyless) => keyless.describe(),
        }
    }

    fn accept(&self, signature: &Signature) -> Result<()> {
        match self {
            Self::Key(key) if key.verifies(&signature.message, &signature.signature) => Ok(()),
            Self::Key(_) => Err(Error::new("it was made with another key")),
            Self::Keyless(keyless) => keyless.accept(signature),
        }
    }
}

/// Verifies that `digest` in the client's repository is signed as `policy` asks. One such signature is enough, whatever
/// else stands beside it.
///
/// # Errors
/// When the registry can't be asked, when there is no signature, or when none satisfies the policy: then each is named
/// with the reason.
pub async fn verify(client: &Client, digest: &Digest, policy: &Policy) -> Result<()> {
    let found = found::signatures(client, digest).await?;
    let mut reasons = found.refused;
    for signature in &found.signatures {
        match policy.accept(signature) {
            Ok(()) => {
                report::info(format_args!("{digest} is signed by {}", policy.describe()));
                return Ok(());
            }
            Err(reason) => reasons.push(reason.to_string()),
        }
    }
    let name = format!("`{}@{digest}`", client.repository());
    if reasons.is_empty() {
        return Err(Error::new(format!("{name} is not signed"))
            .hint("sign it by `sign:` in a put or by `cosign sign`, or take `verify:` out of the source"));
    }
    let list = reasons.iter().map(|reason| format!("\n  - {reason}")).collect::<String>();
    Err(Error::new(format!(
        "{name} is not signed by {}; of its {} signatures:{list}",
        policy.describe(),
        reasons.len()
    ))
    .hint("is the image the one that was meant, and `verify:` the policy that it was signed for?"))
}
