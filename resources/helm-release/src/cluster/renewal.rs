//! Tokens that end before a long put does: EKS's after 15 minutes, those of other clouds and issuers after an hour.
//!
//! The token lies in a file that both our client and Helm read again every minute.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use kit::{Result, Secret, report};

use super::{Access, Given, Identity, access};
use crate::source::Source;

/// Well within the shortest life, with time for a second try.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

/// Tells whether the source's token ends by itself, and can be had again.
///
/// A refresh token of a user may be good for one use only, so that one is not renewed.
pub fn is_renewable(source: &Source) -> bool {
    let own_client = source.oidc.as_ref().is_some_and(|oidc| oidc.refresh_token.is_none());
    source.digitalocean.is_none()
        && (source.gcloud_cluster_auth.get() || source.aws.is_some() || source.azure.is_some() || own_client)
}

/// Signs in again and again, and hands each new token to `keep`, until it is dropped. A sign-in that fails is told, and
/// tried again in its turn.
pub async fn renew(source: &Source, given: &Given, keep: impl Fn(&Secret) -> Result<PathBuf>) -> Infallible {
    every(INTERVAL, async || {
        let Some(Access { identity: Identity::Token(token), .. }) = access(source, given).await? else {
            return Ok(());
        };
        keep(&token)?;
        report::debug("the cluster's token is renewed");
        Ok(())
    })
    .await
}

async fn every(interval: Duration, mut sign_in: impl AsyncFnMut() -> Result<()>) -> Infallible {
    loop {
        tokio::time::sleep(interval).await;
        if let Err(problem) = sign_in().await {
            report::warn(format!("the cluster's token could not be renewed: {problem}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_token_is_renewed_whatever_became_of_the_last_try() {
        let count = Cell::new(0);
        let renewal = every(Duration::ZERO, async || {
            count.set(count.get() + 1);
            if count.get() == 1 { Err(kit::Error::new("not now")) } else { Ok(()) }
        });
        let enough = async {
            while count.get() < 3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            never = renewal => match never {},
            () = enough => {}
        }
    }

    #[test]
    fn only_tokens_that_end_are_renewed() {
        let oidc = r#"{"issuer_url": "https://id", "client_id": "ci""#;
        let cases = [
            (r#"{"aws": {"region": "eu-west-1", "cluster_name": "prod"}}"#.to_owned(), true),
            (r#"{"gcloud_cluster_auth": true}"#.to_owned(), true),
            (format!(r#"{{"cluster_url": "https://k", "oidc": {oidc}}}}}"#), true),
            (format!(r#"{{"cluster_url": "https://k", "oidc": {oidc}, "refresh_token": "r"}}}}"#), false),
            (r#"{"cluster_url": "https://k", "token": "t"}"#.to_owned(), false),
        ];
        for (source, expected) in cases {
            let read: Source = serde_json::from_str(&source).unwrap();
            assert_eq!(is_renewable(&read), expected, "{source}");
        }
    }
}
