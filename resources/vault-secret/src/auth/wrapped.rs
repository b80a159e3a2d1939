//! Response-wrapped credentials: verified before they are unwrapped.
//!
//! A wrapping token can be unwrapped once. If it was already, somebody else has what it held; and a token that wraps
//! something else than was promised may have been put in its place. See
//! <https://developer.hashicorp.com/vault/docs/concepts/response-wrapping#response-wrapping-token-validation>.

use std::collections::BTreeMap;

use kit::{Error, Result, Secret};
use serde_json::json;

use crate::vault::{Answer, ApiPath, Authentication, Call, Vault, VaultError};

/// A token inside a wrapping token.
#[derive(Clone, Debug)]
pub(crate) struct WrappedToken {
    pub(super) token: Secret,
    /// The path that must have made it.
    pub(super) expected: ApiPath,
}

impl WrappedToken {
    pub(super) async fn unwrap(&self, vault: &Vault) -> Result<Authentication> {
        let is_expected = |path: &str| path.trim_matches('/') == self.expected.as_str();
        let answer = unwrap(vault, &self.token, "token_wrapped", self.expected.as_str(), is_expected).await?;
        let missing = || Error::new("what `token_wrapped` held is no token");
        answer.envelope.auth.ok_or_else(missing)
    }
}

/// Returns what a wrapping token holds, if `is_expected` accepts the path that made it. `expected` describes that path.
pub(super) async fn unwrap(
    vault: &Vault,
    token: &Secret,
    key: &str,
    expected: &str,
    is_expected: impl Fn(&str) -> bool,
) -> Result<Answer> {
    let lookup =
        Call::write(ApiPath::fixed("sys/wrapping/lookup"), json!({ "token": token.expose() })).repeatable();
    let found = vault.send(&lookup).await.map_err(|error| spent(key, error))?;
    let path = found.text("creation_path").unwrap_or_default();
    if !is_expected(path) {
        let error =
            Error::new(format!("`{key}` was made by `{path}`, not by `{expected}`; it was not unwrapped"));
        return Err(error.hint("somebody may have put another token in its place: find out who made it"));
    }
    // The wrapping token is its own permission, and must not be sent twice: a second unwrap looks like theft.
    let call = Call::write(ApiPath::fixed("sys/wrapping/unwrap"), json!({}));
    vault.with_token(token.clone()).send(&call).await.map_err(|error| spent(key, error))
}

fn spent(key: &str, error: VaultError) -> Error {
    let is_spent = error.says("wrapping token is not valid or does not exist");
    let error = error.explained();
    if is_spent {
        return error.context(format!("`{key}` has expired or was already unwrapped")).hint(
            "if nobody of yours unwrapped it, it was intercepted: revoke what it held, then make a new one",
        );
    }
    error.context(format!("cannot unwrap `{key}`"))
}

/// Returns a token of which nothing else is known.
pub(super) fn bare(token: Secret) -> Authentication {
    Authentication {
        client_token: token,
        accessor: String::new(),
        policies: Vec::new(),
        metadata: BTreeMap::new(),
        lease_duration: 0,
        renewable: false,
        token_type: String::new(),
    }
}

/// Returns a text that must be in what was unwrapped.
pub(super) fn field(answer: &Answer, key: &str, field: &str) -> Result<Secret> {
    let missing = || Error::new(format!("what `{key}` held has no `{field}`"));
    answer.text(field).map(Secret::new).ok_or_else(missing)
}
