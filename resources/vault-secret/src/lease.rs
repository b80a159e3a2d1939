//! Leases of credentials: renewing and revoking them by their ids.

use kit::{Error, Result};
use serde_json::json;
use time::OffsetDateTime;

use crate::session::Session;
use crate::vault::{ApiPath, Call};
use kit::Span;

/// A lease that was renewed.
#[derive(Clone, Debug)]
pub(crate) struct Renewed {
    /// Seconds, which may be fewer than asked for.
    pub(crate) duration: u64,
    pub(crate) is_renewable: bool,
    /// By Vault's clock.
    pub(crate) end: OffsetDateTime,
}

/// Returns a lease's whole id: `given` as it is if it is whole, else below the path that made it.
pub(crate) fn whole_id(given: &str, path: &str) -> String {
    let given = given.trim_matches('/');
    if given.contains('/') { given.to_owned() } else { format!("{path}/{given}") }
}

/// Renews a lease.
///
/// # Errors
/// When Vault does not: a lease that is over or can't be renewed is told apart from a missing right.
pub(crate) async fn renew(session: &Session, id: &str, increment: Option<Span>) -> Result<Renewed> {
    let mut body = json!({ "lease_id": id });
    if let Some(increment) = increment {
        body["increment"] = json!(increment.seconds());
    }
    let vault = session.vault().await?;
    let call = Call::write(ApiPath::fixed("sys/leases/renew"), body).repeatable();
    match vault.send(&call).await {
        Ok(answer) => {
            let duration = answer.envelope.lease_duration;
            let end = vault.now() + std::time::Duration::from_secs(duration);
            Ok(Renewed { duration, is_renewable: answer.envelope.renewable, end })
        }
        Err(error) if error.says("lease not found") => Err(ended(id)),
        Err(error) if error.says("lease is not renewable") => {
            Err(Error::new(format!("the lease `{id}` can't be renewed"))
                .hint("Vault made it for one period only: get a new credential instead"))
        }
        Err(error) => Err(session.explain(error).await),
    }
}

fn ended(id: &str) -> Error {
    Error::new(format!("the lease `{id}` is over, or never was"))
        .hint("it ended, was revoked, or went with the token that made it: get a new credential")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_id_is_completed_by_its_path() {
        let path = "database/creds/readonly";
        for (given, expected) in [
            ("AbC9", "database/creds/readonly/AbC9"),
            (
                "27e1b9a1-27b8-83d9-9fe0-d99d786bdc83",
                "database/creds/readonly/27e1b9a1-27b8-83d9-9fe0-d99d786bdc83",
            ),
            ("database/creds/other/AbC9", "database/creds/other/AbC9"),
        ] {
            assert_eq!(whole_id(given, path), expected, "{given}");
        }
    }
}
