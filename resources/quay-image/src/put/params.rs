//! The `params:` of a put.

use std::collections::BTreeMap;

use cosign::SigningKey;
use kit::{Context, Error, Flag, Inputs, Result, Secret, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::assemble::Assemble;
use crate::quay::{Action, Declared, DeleteTags, Restore, ScanParams, Secrets, TagExpiry};

/// A text of a label or annotation is at most this long, in bytes.
const LONGEST_VALUE: u64 = 64 * 1024;

/// What to push, under which tags, and what to add to it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What the put does. All but `push` need `source.quay`.
    #[serde(default)]
    pub action: Action,

    /// The image: a `docker save` tarball, an OCI tarball, or a folder with an OCI layout. A glob that matches exactly
    /// one. A list of several, or a map of platform to each, is pushed as one index. `action: push` needs it, or `assemble`.
    #[serde(default)]
    #[schemars(with = "Images")]
    pub image: Option<Images>,

    /// Makes the image of a base and folders, instead of `image`. Nothing runs, so that nothing needs privileges.
    #[serde(default)]
    #[schemars(with = "Assemble")]
    pub assemble: Option<Assemble>,

    /// A version to push as a tag: without a leading `v`, and with `-variant` if the source has a `variant`.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub version: Option<Text>,

    /// With `version` 1.2.3: also push `latest` (or the bare variant), `1` and `1.2`, each if the registry has nothing
    /// newer. Not for pre-releases.
    #[serde(default)]
    pub bump_aliases: Flag,

    /// A file with more tags, separated by white space.
    #[serde(default)]
    #[schemars(with = "String")]
    pub additional_tags: Option<String>,

    /// What each of `additional_tags` gets in front.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub tag_prefix: Option<Text>,

    /// Annotations for the manifest, or the index where there are several platforms.
    #[serde(default)]
    pub annotations: BTreeMap<String, TextOrFile>,

    /// Labels for the image, or for each where there are several platforms. They are part of its configuration, so
    /// that its digest changes.
    #[serde(default)]
    pub labels: BTreeMap<String, TextOrFile>,

    /// When Quay drops the tags: a number with `s`, `m`, `h`, `d` or `w`, as in `12h` or `2w`. Adds the label
    /// `quay.expires-after`.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub expires_after: Option<Text>,

    /// Whether what refers to the image in an OCI layout goes with it: signatures, bills of materials. A get writes them
    /// there.
    #[serde(default = "yes")]
    pub referrers: Flag,

    /// Signs the image as cosign does, before any tag names it.
    #[serde(default)]
    #[schemars(with = "Sign")]
    pub sign: Option<Sign>,

    /// At Quay: which findings of its scanner the image may have, instead of `source.scan`. It is judged before any tag
    /// names it.
    #[serde(default)]
    #[schemars(with = "ScanParams")]
    pub scan: Option<ScanParams>,

    /// At Quay: when the tags expire: a time (`2w`), a date (`2027-01-31`), or `never`. For all, or a map of tag to
    /// each. Set after each push, and counts before `expires_after`.
    #[serde(default)]
    #[schemars(with = "TagExpiry")]
    pub tag_expiry: Option<TagExpiry>,

    /// At Quay: lets the tags never move again, where the server has that.
    #[serde(default)]
    pub immutable: Flag,

    /// At Quay: labels that it keeps beside the image, so that the digest stays.
    #[serde(default)]
    pub quay_labels: BTreeMap<String, TextOrFile>,

    /// At Quay: what the repository is to be like.
    #[serde(default)]
    #[schemars(with = "Declared")]
    pub settings: Option<Declared>,

    /// A file of an input that holds what `settings` does, as YAML or JSON.
    #[serde(default)]
    #[schemars(with = "String")]
    pub settings_file: Option<String>,

    /// Where webhooks of `settings` post to that have no `url`: Concourse's, with its token.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub webhook_url: Option<Secret>,

    /// The password for `settings.mirror.username`.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub mirror_password: Option<Secret>,

    /// Only say what `settings` would change.
    #[serde(default)]
    pub dry_run: Flag,

    /// At Quay: which tags to delete, after the push or with `action: delete-tags`.
    #[serde(default)]
    #[schemars(with = "DeleteTags")]
    pub delete_tags: Option<DeleteTags>,

    /// With `action: restore`: which tag to restore, and to what.
    #[serde(default)]
    #[schemars(with = "Restore")]
    pub restore: Option<Restore>,

    /// With `action: scan`: the image's tag. By default the source's.
    #[serde(default)]
    #[schemars(with = "TextOrFile")]
    pub tag: Option<TextOrFile>,

    /// With `action: scan`: the image's digest, as in `{file: image/digest}`.
    #[serde(default)]
    #[schemars(with = "TextOrFile")]
    pub digest: Option<TextOrFile>,
}

impl Params {
    /// Returns what the repository is to be like, from either place.
    ///
    /// # Errors
    /// When the file can't be read, or both are given.
    pub fn declared(&self, from: &Inputs) -> Result<Option<Declared>> {
        match (&self.settings, self.settings_file.as_deref().filter(|file| !file.is_empty())) {
            (Some(_), Some(_)) => Err(Error::new("`params` has both `settings` and `settings_file`")),
            (Some(settings), None) => Ok(Some(settings.clone())),
            (None, Some(file)) => Declared::read(file, from).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Returns the secrets that what is declared refers to.
    pub fn secrets(&self) -> Secrets {
        let given = |secret: &Option<Secret>| secret.clone().filter(|secret| !secret.is_empty());
        Secrets { webhook_url: given(&self.webhook_url), mirror_password: given(&self.mirror_password) }
    }
}

fn yes() -> Flag {
    Flag(true)
}

/// One image, or one for each of several platforms.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Images {
    /// A glob.
    One(String),
    /// Globs: the images' own configurations say for which platform each is.
    Several(Vec<String>),
    /// Globs by platform, as in `linux/arm64`.
    ByPlatform(BTreeMap<String, String>),
}

/// A text, or a file of an input that has it. White space at the end of a file does not count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TextOrFile {
    /// The text itself.
    Text(Text),
    /// The file.
    File(FileName),
}

/// Names a file of an input.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileName {
    /// The file, as in `source/.git/HEAD`.
    pub file: String,
}

/// The key to sign with.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The private key, PEM: what `cosign generate-key-pair` wrote, or a plain PKCS #8, EC or RSA key.
    pub key: Secret,
    /// The password of the key, if it has one.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub password: Option<Secret>,
}

impl Sign {
    /// Reads the key.
    ///
    /// # Errors
    /// When it is none, or the password is wrong.
    pub(super) fn signing_key(&self) -> Result<SigningKey> {
        let password = self.password.as_ref().filter(|password| !password.is_empty());
        SigningKey::parse(&self.key, password).context(|| "cannot read `params.sign.key`".into())
    }
}

impl TextOrFile {
    /// Returns the text.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn read(&self, inputs: &Inputs) -> Result<String> {
        match self {
            Self::Text(text) => Ok(text.to_string()),
            Self::File(FileName { file }) => Ok(inputs.read_text(file, LONGEST_VALUE)?.trim_end().to_owned()),
        }
    }
}

/// Returns a parameter that is given: an empty text is no value, as it was for the registry-image resource.
pub(super) fn given(text: Option<&Text>) -> Option<&str> {
    text.map(Text::as_str).filter(|text| !text.is_empty())
}
