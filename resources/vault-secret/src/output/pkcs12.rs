//! PKCS #12: certificate, chain and key in one password-protected file, as Java and Windows take them.

use kit::{Context, Error, Result, Secret};
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};

use super::{Rendered, pem};
use crate::secret::FetchedSecret;
use crate::{certificate, private_key};

/// Ties the key to its certificate within the file.
const KEY_ID: &str = "1";

/// 24 letters and digits are 142 bits.
const PASSWORD_LENGTH: usize = 24;

/// Writes the keystore of one secret, and its password beside it unless the user gave one.
///
/// # Errors
/// When the secret lacks certificate or key, or they can't be read.
pub(super) fn render(
    name: &str,
    password: Option<&Secret>,
    secrets: &[&FetchedSecret],
) -> Result<Vec<Rendered>> {
    let [secret] = secrets else {
        return Err(Error::new("a PKCS #12 file holds one certificate")
            .hint("name its secret in the file's `secrets`"));
    };
    let given = password.filter(|password| !password.is_empty());
    let password =
        given.cloned().unwrap_or_else(|| crate::random::text(PASSWORD_LENGTH, crate::random::ALPHANUMERIC));
    let store = keystore(secret, password.expose())?;
    let mut rendered = vec![Rendered::new(name, store)];
    if given.is_none() {
        rendered.push(Rendered::new(format!("{name}.password"), password.expose()));
    }
    Ok(rendered)
}

fn keystore(secret: &FetchedSecret, password: &str) -> Result<Vec<u8>> {
    let named = |what: &str| format!("{what} of `{}` can't be used", secret.name);
    let certificate = pem::text(secret, "certificate");
    let key = pem::text(secret, "private_key");
    let (Some(certificate), Some(key)) = (certificate, key) else {
        return Err(Error::new(format!("`{}` has no `certificate` with its `private_key`", secret.name))
            .hint(format!("its keys are {}", secret.key_names())));
    };
    let mut chain = Vec::new();
    for pem in std::iter::once(&certificate).chain(&pem::chain(secret)) {
        for der in certificate::ders(pem).context(|| named("the certificate"))? {
            chain.push(Certificate::from_der(&der).context(|| named("the certificate"))?);
        }
    }
    let der = private_key::pkcs8(&key).context(|| named("the private key"))?;
    let key = PrivateKey::from_der(&der).context(|| named("the private key"))?;
    let mut store = KeyStore::new();
    store.add_entry(&secret.name, KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(KEY_ID, key, chain)));
    Ok(store.writer(password).write()?)
}
