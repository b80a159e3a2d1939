//! The operating system and processor that an image is for.

use std::fmt;

use oci_distribution::manifest::Platform as WirePlatform;

/// An operating system and processor, in Go's words, as the image specification uses them: `linux`, `arm64`, `v8`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Platform {
    /// `linux`, `windows` and others.
    pub os: String,
    /// `amd64`, `arm64` and others.
    pub architecture: String,
    /// The processor's generation, as `v7` of `arm`. `None` where any will do, or where it is not said.
    pub variant: Option<String>,
}

impl Platform {
    /// Returns the platform that this process runs on.
    pub fn host() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "x86" => "386",
            "aarch64" => "arm64",
            "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
            "powerpc64" => "ppc64",
            "loongarch64" => "loong64",
            other => other,
        };
        Self { os: std::env::consts::OS.into(), architecture: architecture.into(), variant: None }
    }

    /// Returns the host's platform with what a user named instead; `architecture` may be `arm64/v8`.
    pub fn named(os: Option<&str>, architecture: Option<&str>) -> Self {
        let mut platform = Self::host();
        if let Some(os) = os.filter(|os| !os.is_empty()) {
            platform.os = os.into();
        }
        if let Some(architecture) = architecture.filter(|architecture| !architecture.is_empty()) {
            let (architecture, variant) = match architecture.split_once('/') {
                Some((architecture, variant)) => (architecture, Some(variant.to_owned())),
                None => (architecture, None),
            };
            platform.architecture = architecture.into();
            platform.variant = variant;
        }
        platform
    }

    /// Tells whether an image for `offered` runs where this platform is wanted.
    pub fn accepts(&self, offered: &Self) -> bool {
        self.os == offered.os
            && self.architecture == offered.architecture
            && self.variant.as_deref().is_none_or(|wanted| {
                let offered = offered.variant.as_deref().or(offered.usual_variant());
                offered == Some(wanted)
            })
    }

    /// The variant that is meant where none is said, as containerd's `platforms.Normalize` has it.
    fn usual_variant(&self) -> Option<&'static str> {
        match self.architecture.as_str() {
            "arm64" => Some("v8"),
            "arm" => Some("v7"),
            "amd64" => Some("v1"),
            _ => None,
        }
    }
}

impl From<&WirePlatform> for Platform {
    fn from(wire: &WirePlatform) -> Self {
        Self {
            os: wire.os.to_string(),
            architecture: wire.architecture.to_string(),
            variant: wire.variant.clone().filter(|variant| !variant.is_empty()),
        }
    }
}

/// `linux/arm64/v8`.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_counts_only_where_one_is_wanted() {
        let linux = |architecture| Platform::named(Some("linux"), Some(architecture));
        let cases = [
            ("amd64", "amd64", true),
            ("amd64", "arm64", false),
            ("arm64", "arm64/v8", true),
            ("arm64/v8", "arm64", true),
            ("arm64/v9", "arm64", false),
            ("arm/v6", "arm", false),
            ("arm", "arm/v5", true),
        ];
        for (wanted, offered, accepted) in cases {
            assert_eq!(linux(wanted).accepts(&linux(offered)), accepted, "{wanted} from {offered}");
        }
        let windows = Platform::named(Some("windows"), Some("amd64"));
        assert!(!linux("amd64").accepts(&windows));
    }

    #[test]
    fn what_is_not_named_is_the_hosts() {
        assert_eq!(Platform::named(None, None), Platform::host());
        assert_eq!(Platform::named(Some(""), Some("")), Platform::host());
        assert_eq!(Platform::named(Some("linux"), Some("arm64/v8")).to_string(), "linux/arm64/v8");
    }
}
