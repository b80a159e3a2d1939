//! One request to Vault, as data.

use kit::http::Method;
use serde_json::Value;

use super::ApiPath;
use kit::Span;

/// A request to Vault: what is asked, not by whom.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(super) method: Method,
    pub(super) path: ApiPath,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    pub(super) wrap: Option<Span>,
    pub(super) repeatable: bool,
    pub(super) in_namespace: bool,
}

impl Call {
    /// Reads `path`.
    pub(crate) fn read(path: ApiPath) -> Self {
        Self {
            method: Method::GET,
            path,
            query: Vec::new(),
            body: None,
            wrap: None,
            repeatable: true,
            in_namespace: true,
        }
    }

    /// Lists what is below `path`.
    pub(crate) fn list(path: ApiPath) -> Self {
        Self::read(path).query("list", "true")
    }

    /// Writes `body` to `path`.
    pub(crate) fn write(path: ApiPath, body: Value) -> Self {
        Self { method: Method::POST, body: Some(body), repeatable: false, ..Self::read(path) }
    }

    /// Merges `body` into what is at `path` (RFC 7396).
    pub(crate) fn patch(path: ApiPath, body: Value) -> Self {
        Self { method: Method::PATCH, ..Self::write(path, body) }
    }

    /// Deletes `path`.
    pub(crate) fn delete(path: ApiPath) -> Self {
        Self { method: Method::DELETE, ..Self::read(path) }
    }

    /// Adds to the query.
    #[must_use]
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Has the answer wrapped into a token that lives for `ttl`.
    #[must_use]
    pub(crate) fn wrapped(mut self, ttl: Option<Span>) -> Self {
        self.wrap = ttl;
        self
    }

    /// Says that it does no harm if Vault gets the request twice, as for a login or a write with `cas`.
    #[must_use]
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Asks the server as a whole, which only the root namespace may.
    #[must_use]
    pub(crate) fn outside_namespaces(mut self) -> Self {
        self.in_namespace = false;
        self
    }

    /// Says that each time Vault gets the request it makes something new, though it is a GET.
    #[must_use]
    pub(crate) fn once(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// Returns the capability that a policy must grant for it.
    pub(crate) fn capability(&self) -> &'static str {
        match self.method {
            Method::PATCH => "patch",
            Method::DELETE => "delete",
            Method::GET if self.query.iter().any(|(name, _)| name == "list") => "list",
            Method::GET => "read",
            _ => "create` and `update",
        }
    }
}
