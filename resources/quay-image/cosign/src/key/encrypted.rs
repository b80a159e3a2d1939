//! cosign's encrypted private keys: scrypt makes a key of the password, NaCl's secretbox hides the PKCS#8 key.
//! <https://github.com/secure-systems-lab/go-securesystemslib/tree/main/encrypted>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use kit::{Error, Result, Secret};
use serde::Deserialize;

/// More than scrypt's parameters of any tool, and little enough not to exhaust a worker: 128 · N · r bytes.
const MOST_MEMORY: u64 = 1024 * 1024 * 1024;

#[derive(Deserialize)]
struct Encrypted {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Kdf {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Params {
    n: u64,
    #[serde(rename = "r")]
    r: u32,
    #[serde(rename = "p")]
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

/// Returns the PKCS#8 key that `content` hides.
pub(super) fn decrypt(content: &[u8], password: Option<&Secret>) -> Result<Vec<u8>> {
    let malformed = || Error::new("the encrypted signing key is malformed");
    let encrypted: Encrypted = serde_json::from_slice(content).map_err(|_| malformed())?;
    if encrypted.kdf.name != "scrypt" || encrypted.cipher.name != "nacl/secretbox" {
        return Err(Error::new("the signing key is encrypted in a way that is not supported"));
    }
    let password = password.ok_or_else(|| {
        Error::new("the signing key is encrypted, and there is no password")
            .hint("give `password` beside the key")
    })?;
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| malformed());
    let key = derive(password, &decode(&encrypted.kdf.salt)?, &encrypted.kdf.params)?;
    let nonce: [u8; 24] = decode(&encrypted.cipher.nonce)?.try_into().map_err(|_| malformed())?;
    let cipher = XSalsa20Poly1305::new(Key::from_slice(&key));
    let opened = cipher.decrypt(Nonce::from_slice(&nonce), decode(&encrypted.ciphertext)?.as_slice());
    opened.map_err(|_| Error::new("the password of the signing key is wrong"))
}

fn derive(password: &Secret, salt: &[u8], params: &Params) -> Result<[u8; 32]> {
    let unusable =
        || Error::new("the encrypted signing key asks for parameters of scrypt that can't be used");
    let memory = params.n.checked_mul(128).and_then(|bytes| bytes.checked_mul(u64::from(params.r)));
    if !params.n.is_power_of_two() || memory.is_none_or(|bytes| bytes > MOST_MEMORY) || params.p > 16 {
        return Err(unusable());
    }
    let log_n = u8::try_from(params.n.trailing_zeros()).map_err(|_| unusable())?;
    let params = scrypt::Params::new(log_n, params.r, params.p).map_err(|_| unusable())?;
    let mut key = [0; 32];
    scrypt::scrypt(password.expose().as_bytes(), salt, &params, &mut key).map_err(|_| unusable())?;
    Ok(key)
}
