//! Content addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// A digest of a manifest or blob: `sha256:` and 64, or `sha512:` and 128, lower-case hex digits.
///
/// These are the two algorithms that the image specification registers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// A text that is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no digest: `sha256:` and 64 lower-case hex digits (or `sha512:` and 128) are expected")]
pub struct InvalidDigest(String);

/// Content that is not what its digest or size says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The content has another digest.
    #[error("the content has the digest {found}, not {expected}")]
    Digest {
        /// What was asked for.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// The content has another size.
    #[error("the content of {digest} has {found} bytes, not {expected}")]
    Size {
        /// What was asked for.
        digest: Digest,
        /// Bytes that were announced.
        expected: u64,
        /// Bytes that came.
        found: u64,
    },
}

impl Digest {
    /// Returns the SHA-256 digest of `content`.
    pub fn sha256(content: &[u8]) -> Self {
        Self(format!("sha256:{}", hex(&sha2::Sha256::digest(content))))
    }

    /// Returns the whole text, `sha256:…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `sha256` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.parts().0
    }

    /// Returns the hex digits alone.
    pub fn hex(&self) -> &str {
        self.parts().1
    }

    /// Checks that `content` has this digest.
    ///
    /// # Errors
    /// When it hasn't.
    pub fn verify(&self, content: &[u8]) -> Result<(), Mismatch> {
        let mut verifier = self.verifier();
        verifier.update(content);
        verifier.finish()
    }

    /// Returns a check of content that comes in pieces.
    pub fn verifier(&self) -> Verifier {
        let hash = match self.algorithm() {
            "sha512" => Hash::Sha512(sha2::Sha512::new()),
            _ => Hash::Sha256(sha2::Sha256::new()),
        };
        Verifier { expected: self.clone(), hash }
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once(':').unwrap_or((&self.0, ""))
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let is_hex = |digits: &str| digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        match text.split_once(':') {
            Some(("sha256", digits)) if digits.len() == 64 && is_hex(digits) => Ok(Self(text.into())),
            Some(("sha512", digits)) if digits.len() == 128 && is_hex(digits) => Ok(Self(text.into())),
            _ => Err(InvalidDigest(text.into())),
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hashes content that comes in pieces, to compare it with a digest at its end.
#[derive(Clone, Debug)]
pub struct Verifier {
    expected: Digest,
    hash: Hash,
}

#[derive(Clone, Debug)]
enum Hash {
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
}

impl Verifier {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        match &mut self.hash {
            Hash::Sha256(hash) => hash.update(piece),
            Hash::Sha512(hash) => hash.update(piece),
        }
    }

    /// Compares what came with the digest.
    ///
    /// # Errors
    /// When they differ.
    pub fn finish(self) -> Result<(), Mismatch> {
        let found = match self.hash {
            Hash::Sha256(hash) => format!("sha256:{}", hex(&hash.finalize())),
            Hash::Sha512(hash) => format!("sha512:{}", hex(&hash.finalize())),
        };
        if found == self.expected.0 {
            return Ok(());
        }
        Err(Mismatch::Digest { expected: self.expected, found: Digest(found) })
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_a_known_algorithm_and_its_number_of_digits() {
        let a = |count: usize| "a".repeat(count);
        let cases = [
            ("sha256", format!("sha256:{}", a(64)), true),
            ("sha512", format!("sha512:{}", a(128)), true),
            ("too short", format!("sha256:{}", a(63)), false),
            ("upper case", format!("sha256:{}", "A".repeat(64)), false),
            ("unknown algorithm", format!("md5:{}", a(32)), false),
            ("no algorithm", a(64), false),
            ("empty", String::new(), false),
        ];
        for (case, text, valid) in cases {
            assert_eq!(text.parse::<Digest>().is_ok(), valid, "{case}");
        }
    }

    #[test]
    fn content_is_verified_in_pieces() {
        let digest = Digest::sha256(b"hello world");
        let mut verifier = digest.verifier();
        verifier.update(b"hello ");
        verifier.update(b"world");
        assert_eq!(verifier.finish(), Ok(()));
        let mismatch = digest.verify(b"hello").unwrap_err();
        assert!(mismatch.to_string().contains(digest.as_str()), "{mismatch}");
        let sha512 = "sha512:309ecc489c12d6eb4cc40f50c902f2b4d0ed77ee511a7c7a9bcd3ca86d4cd86f\
                      989dd35bc5ff499670da34255b45b0cfd830e81f605dcf7dc5542e93ae9cd76f";
        assert_eq!(sha512.parse::<Digest>().unwrap().verify(b"hello world"), Ok(()));
    }
}
