//! What a get shows of the secrets: where and until when, never a value.

use kit::Metadata;
use time::format_description::well_known::Rfc3339;

use crate::secret::FetchedSecret;
use crate::selection::Said;
use crate::source::Source;
use crate::variable_name::variable_name;

/// More secrets than this are not shown one by one: Concourse keeps metadata in labels of the container.
const MOST_SHOWN: usize = 50;

/// Returns the metadata of a get.
pub(super) fn of(source: &Source, secrets: &[FetchedSecret]) -> Metadata {
    let mut metadata = Metadata::new();
    let is_alone = matches!(secrets, [only] if matches!(only.said, Said::Single | Said::Listed));
    for secret in secrets.iter().take(MOST_SHOWN) {
        let prefix = match secret.said {
            _ if is_alone => String::new(),
            Said::UnderMount | Said::RenewedUnderMount => format!("{}-", secret.name),
            _ => format!("{}-", variable_name(&secret.name)),
        };
        if matches!(secret.said, Said::Single | Said::UnderMount | Said::RenewedUnderMount) {
            as_before(source, secret, &mut metadata);
        }
        fields(secret, &prefix, &mut metadata);
    }
    if secrets.len() > MOST_SHOWN {
        metadata.push("secrets", secrets.len().to_string());
    }
    metadata
}

fn fields(secret: &FetchedSecret, prefix: &str, metadata: &mut Metadata) {
    let mut push = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            metadata.push(format!("{prefix}{name}"), value);
        }
    };
    push("path", Some(secret.path.clone()));
    push("version", secret.version.map(|version| version.to_string()));
    push("created_time", secret.created_time.clone());
    push("lease_duration", secret.lease.as_ref().map(|lease| lease.duration.to_string()));
    push("renewable", secret.lease.as_ref().map(|lease| lease.is_renewable.to_string()));
    push("expires", secret.expires.and_then(|end| end.format(&Rfc3339).ok()));
}

/// The names that mschuchard's and mitodl's resources give.
fn as_before(source: &Source, secret: &FetchedSecret, metadata: &mut Metadata) {
    let (id, duration, is_renewable) = secret
        .lease
        .as_ref()
        .map_or(("", 0, false), |lease| (lease.id.as_str(), lease.duration, lease.is_renewable));
    if source.expose_lease_id.get() {
        metadata.push(format!("{}-LeaseID", secret.name), id);
    }
    metadata.push(format!("{}-LeaseDuration", secret.name), go_duration(duration));
    metadata.push(format!("{}-Renewable", secret.name), is_renewable.to_string());
}

/// Writes seconds as Go does: `768h0m0s`.
fn go_duration(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_go_writes_them() {
        for (seconds, expected) in [(0, "0s"), (59, "59s"), (60, "1m0s"), (2_764_800, "768h0m0s")] {
            assert_eq!(go_duration(seconds), expected);
        }
    }
}
