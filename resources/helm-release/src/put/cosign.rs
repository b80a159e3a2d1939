//! Charts of a registry that must be signed by cosign.

use cosign::{Identity, Keyless, Policy, PublicKey, TrustedRoot, verify};
use kit::{Context, Error, Result};
use oci_registry::{Basic, Client, Credentials, Digest, Reference, Repository, Settings, Tag};

use super::work::Work;
use crate::params::Cosign;
use crate::source::Registry;

/// Keys are some hundred bytes, a trusted root some kilobytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Verifies the chart and returns its reference by digest.
pub(super) async fn verified(work: &Work<'_>, reference: &str, signer: &Cosign) -> Result<String> {
    let doing = || format!("the chart `{reference}` can't be verified");
    let policy = policy(work, signer)?;
    let name = reference.trim_start_matches("oci://");
    let (name, digest) = name.split_once('@').map_or((name, None), |(name, digest)| (name, Some(digest)));
    let repository: Repository = name.parse().context(doing)?;
    let client = Client::new(repository, settings(work, name)?).context(doing)?;
    let digest: Digest = match digest {
        Some(digest) => digest.parse().context(doing)?,
        None => digest_of(work, &client).await.context(doing)?,
    };
    verify(&client, &digest, &policy).await.context(doing)?;
    Ok(format!("oci://{name}@{digest}"))
}

fn policy(work: &Work<'_>, signer: &Cosign) -> Result<Policy> {
    match (&signer.key, identity(signer)?, &signer.issuer, &signer.trusted_root) {
        (Some(key), None, None, None) => {
            let key = PublicKey::parse(&text_or_file(work, key, "-----BEGIN")?);
            Ok(Policy::Key(key.context(|| "`params.verify.cosign.key` can't be used".into())?))
        }
        (None, Some(identity), Some(issuer), Some(root)) => {
            let root = TrustedRoot::parse(&text_or_file(work, root, "{")?);
            let trusted_root = root.context(|| "`params.verify.cosign.trusted_root` can't be used".into())?;
            Ok(Policy::Keyless(Box::new(Keyless { identity, issuer: issuer.clone(), trusted_root })))
        }
        _ => Err(Error::new("`params.verify.cosign` does not say who must have signed").hint(
            "give either `key`, or all of `identity` (or `identity_regex`), `issuer` and `trusted_root`",
        )),
    }
}

fn identity(signer: &Cosign) -> Result<Option<Identity>> {
    match (&signer.identity, &signer.identity_regex) {
        (Some(_), Some(_)) => {
            Err(Error::new("`params.verify.cosign` has both `identity` and `identity_regex`"))
        }
        (Some(identity), None) => Ok(Some(Identity::Exact(identity.clone()))),
        (None, Some(pattern)) => {
            let identity = Identity::pattern(pattern);
            Ok(Some(identity.context(|| "`params.verify.cosign.identity_regex` can't be used".into())?))
        }
        (None, None) => Ok(None),
    }
}

/// Returns a text that says by how it begins that it is one, or the file of the inputs that it names.
fn text_or_file(work: &Work<'_>, text: &str, begins: &str) -> Result<String> {
    if text.trim_start().starts_with(begins) {
        return Ok(text.to_owned());
    }
    work.inputs.read_text(text, LARGEST_FILE)
}

/// A range of versions is Helm's affair; what is verified must be named exactly.
async fn digest_of(work: &Work<'_>, client: &Client) -> Result<Digest> {
    let version = work.text(work.params.version.as_ref())?.unwrap_or_default();
    // A tag has no plus; Helm writes an underscore for it.
    let tag: Tag = version.trim().replace('+', "_").parse().context(|| {
        format!(
            "`version` is `{version}`, and what is verified must be named by exactly one version or by digest"
        )
    })?;
    let found = client.head(&Reference::Tag(tag)).await?;
    let found = found.ok_or_else(|| Error::new(format!("there is no version `{version}`")))?;
    Ok(found.digest)
}

fn settings(work: &Work<'_>, name: &str) -> Result<Settings> {
    let host = name.split('/').next().unwrap_or_default();
    let mut settings = Settings::default();
    for registry in &work.registries {
        if registry.host()? != host {
            continue;
        }
        settings.insecure = registry.insecure.get() || registry.plain_http.get();
        settings.ca_certs = registry.ca_certs.iter().map(crate::source::CaCerts::pem).collect();
        settings.credentials = credentials(registry);
    }
    Ok(settings)
}

fn credentials(registry: &Registry) -> Credentials {
    match (&registry.username, &registry.password, &registry.token) {
        (Some(user), Some(password), _) => {
            Credentials::Basic(Basic { username: user.expose().to_owned(), password: password.clone() })
        }
        (_, _, Some(token)) => Credentials::Bearer(token.clone()),
        _ => Credentials::Anonymous,
    }
}
