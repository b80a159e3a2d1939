//! The `params:` of a put.

use std::collections::BTreeMap;

use cosign::SigningKey;
use kit::{Context, Flag, Inputs, Result, Secret, Text};
use schemars::JsonSchema;
use serde::Deserialize;

/// A text of a label or annotation is at most this long, in bytes.
const LONGEST_VALUE: u64 = 64 * 1024;

/// What to push, under which tags, and what to add to it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The image: a `docker save` tarball, an OCI tarball, or a folder with an OCI layout. A glob that matches exactly
    /// one. A list of several, or a map of platform to each, is pushed as one index.
    pub image: Images,

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

    /// Signs the image as cosign does, before any tag names it.
    #[serde(default)]
    #[schemars(with = "Sign")]
    pub sign: Option<Sign>,
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
