//! The `source:` block.

mod aws;
mod azure;
mod connect;
mod content_trust;
mod field;
mod mirror;
mod pattern;
mod platform;
mod verify;

use kit::{Flag, RetryFor, Secret, Text};
use oci_registry::{Platform, Tag};
use schemars::JsonSchema;
use serde::Deserialize;

pub use content_trust::ContentTrust;
pub use mirror::RegistryMirror;
pub use pattern::Pattern;
pub use platform::PlatformField;
pub use verify::Verify;

use crate::quay::{QuaySource, ScanParams};
use crate::semver::{Constraint, Scheme};

/// Where the images are, which of them count, and who asks. Empty texts mean "not given".
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where the images are: `[host[:port]/]path`. Without a host it is Docker Hub, and `alpine` there means
    /// `library/alpine`. For ECR just the name, with `aws_region`.
    #[schemars(length(min = 1))]
    pub repository: String,

    /// Plain HTTP is allowed, tried after HTTPS, and certificates are not verified. On `localhost`, `*.localhost`,
    /// `*.local`, and addresses of this machine or a private network (10/8, 172.16/12, 192.168/16), plain HTTP is
    /// allowed anyway.
    #[serde(default)]
    pub insecure: Flag,

    /// The tag to follow: each digest that it gets is a version. Quote numbers: YAML makes `1.10` to `1.1`.
    #[serde(default, deserialize_with = "field::text_that_may_be_a_number")]
    #[schemars(with = "Text")]
    pub tag: Option<field::Quotable<Tag>>,

    /// A regular expression (RE2): every tag that has a match is a version, in the registry's order.
    #[serde(default, deserialize_with = "field::parsed")]
    #[schemars(with = "Text")]
    pub tag_regex: Option<Pattern>,

    /// With `tag_regex`: oldest image first, by the date in the image's configuration.
    #[serde(default)]
    pub created_at_sort: Flag,

    /// The variant to follow or to push: tags that end in `-variant`. The bare variant plays the part of `latest`.
    #[serde(default, deserialize_with = "field::parsed")]
    #[schemars(with = "Text")]
    pub variant: Option<Tag>,

    /// Which versions count, as in `^1.2`, `~1.2.3`, `>= 1.2 < 3`, `1.x || 2.x`, `1.2 - 1.4`.
    #[serde(default, deserialize_with = "field::parsed")]
    #[schemars(with = "Text")]
    pub semver_constraint: Option<Constraint>,

    /// Whether pre-releases count: versions like `1.2.3-rc.1` whose suffix begins with `alpha`, `beta`, `rc`, or one
    /// of `pre_release_prefixes`. Any other suffix is a variant.
    #[serde(default)]
    pub pre_releases: Flag,

    /// How the names of pre-releases begin, beside `alpha`, `beta` and `rc`.
    #[serde(default)]
    pub pre_release_prefixes: Vec<String>,

    /// The user, organisation's robot (`acme+robot`) or `$oauthtoken`.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub username: Option<String>,

    /// The user's password or token.
    #[serde(default, deserialize_with = "field::secret")]
    #[schemars(with = "Secret")]
    pub password: Option<Secret>,

    /// The region of an ECR registry. Switches ECR on.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub aws_region: Option<String>,

    /// The access key for ECR. Without one, the identity comes from the environment: variables, a web identity, the
    /// container's or the machine's role.
    #[serde(default, deserialize_with = "field::secret")]
    #[schemars(with = "Secret")]
    pub aws_access_key_id: Option<Secret>,

    /// The secret of `aws_access_key_id`.
    #[serde(default, deserialize_with = "field::secret")]
    #[schemars(with = "Secret")]
    pub aws_secret_access_key: Option<Secret>,

    /// The session token of a temporary `aws_access_key_id`.
    #[serde(default, deserialize_with = "field::secret")]
    #[schemars(with = "Secret")]
    pub aws_session_token: Option<Secret>,

    /// The role to assume before ECR is asked.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub aws_role_arn: Option<String>,

    /// Several roles, each assumed with the identity of the one before. Instead of `aws_role_arn`.
    #[serde(default)]
    pub aws_role_arns: Vec<String>,

    /// The account whose registry it is. By default the one of the identity.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub aws_account_id: Option<String>,

    /// Has no effect; accepted for pipelines that were written for old releases of registry-image.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub aws_ecr_registry_id: Option<String>,

    /// Log in to Azure's registry (ACR) with the machine's managed identity.
    #[serde(default)]
    pub azure_acr: Flag,

    /// The client of a user-assigned managed identity. By default the system's.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub azure_client_id: Option<String>,

    /// The registry's tenant. By default the registry is asked.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub azure_tenant_id: Option<String>,

    /// Azure's cloud: `AzurePublic`, `AzureGovernment` or `AzureChina`. By default told by the registry's domain.
    #[serde(default, deserialize_with = "field::parsed")]
    #[schemars(with = "Text")]
    pub azure_environment: Option<azure::Environment>,

    /// Log in to Google's registries with the machine's service account, from the metadata server.
    #[serde(default)]
    pub gcp_metadata: Flag,

    /// Which image to take out of an index of several platforms.
    #[serde(default)]
    pub platform: PlatformField,

    /// A regular expression: labels of the image whose key has a match become metadata, sorted by key.
    #[serde(default, deserialize_with = "field::parsed")]
    #[schemars(with = "Text")]
    pub label_regex: Option<Pattern>,

    /// A regular expression: annotations of the manifest whose key has a match become metadata, sorted by key.
    #[serde(default, deserialize_with = "field::parsed")]
    #[schemars(with = "Text")]
    pub annotation_regex: Option<Pattern>,

    /// A registry that has copies of Docker Hub's images, asked first by check and get. Only for repositories on
    /// Docker Hub; on failure, or when it has not got the image, Docker Hub is asked.
    #[serde(default)]
    #[schemars(with = "RegistryMirror")]
    pub registry_mirror: Option<RegistryMirror>,

    /// PEM certificates to trust beside the system's. Each text may hold several.
    #[serde(default)]
    pub ca_certs: Vec<String>,

    /// How long a request may be repeated while the server can't be reached, restarts, or asks to wait.
    #[serde(default)]
    pub retry_for: RetryFor,

    /// Get only images with a signature by cosign that is verified with `key`, or with `identity`, `issuer` and
    /// `trusted_root`.
    #[serde(default)]
    #[schemars(with = "Verify")]
    pub verify: Option<Verify>,

    /// Notary v1, which its makers are shutting down. Accepted for check and get; a put is refused: use `sign`.
    #[serde(default)]
    #[schemars(with = "ContentTrust")]
    pub content_trust: Option<ContentTrust>,

    /// Quay's own API, for what no other registry has: scans, expiry, history, set-up. On quay.io it is used by itself
    /// where `username` is `$oauthtoken`.
    #[serde(default)]
    #[schemars(with = "QuaySource")]
    pub quay: Option<QuaySource>,

    /// Which findings of Quay's scanner an image may have. Get and put fail on others; check looks at scans only with
    /// `require: passed`. Needs `quay`.
    #[serde(default)]
    #[schemars(with = "ScanParams")]
    pub scan: Option<ScanParams>,
}

/// Which tags are versions.
#[derive(Clone, Debug)]
pub enum Follow<'a> {
    /// One tag.
    Tag(&'a Tag),
    /// Every tag with a match.
    Pattern(&'a Pattern),
    /// Semantic versions.
    Versions(Scheme),
}

impl Source {
    /// Returns which tags are versions: `tag` counts before `tag_regex`, and that before semantic versions.
    pub fn follow(&self) -> Follow<'_> {
        match (&self.tag, &self.tag_regex) {
            (Some(tag), _) => Follow::Tag(tag.value()),
            (None, Some(pattern)) => Follow::Pattern(pattern),
            (None, None) => Follow::Versions(self.scheme()),
        }
    }

    /// Returns how tags carry versions.
    pub fn scheme(&self) -> Scheme {
        Scheme {
            variant: self.variant.as_ref().map(ToString::to_string),
            pre_releases: self.pre_releases.get(),
            pre_release_prefixes: self.pre_release_prefixes.clone(),
            constraint: self.semver_constraint.clone(),
        }
    }

    /// Returns the tag to follow or to push, if one is given.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref().map(field::Quotable::value)
    }

    /// Returns which findings are tolerated, and where that stands: what `params` say, else the source.
    pub fn scan_of<'a>(&'a self, params: Option<&'a ScanParams>) -> Option<(&'a ScanParams, &'static str)> {
        let own = self.scan.as_ref().map(|scan| (scan, "source.scan"));
        params.map(|scan| (scan, "params.scan")).or(own)
    }

    /// Returns the platform that is wanted: what `params` name, else what the source names, else the worker's.
    pub fn platform(&self, params: Option<&PlatformField>) -> Platform {
        params.unwrap_or(&self.platform).platform()
    }
}
