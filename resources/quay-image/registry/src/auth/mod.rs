//! Answers a registry's challenge: basic auth, or tokens from the server that the challenge names.

mod challenge;
mod token;

use std::collections::HashMap;
use std::time::Instant;

use kit::http::{self, Request, Response, StatusCode, Url};
use kit::{Secret, report};
use tokio::sync::Mutex;

use crate::Cause;
use crate::credentials::Login;
pub(crate) use challenge::Challenge;
use token::Token;

/// What a request wants to do, in the words of tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    /// Read. Asking for more would make Quay create the repository.
    Pull,
    /// Read and write.
    Push,
    /// Read and write, and read another repository of the registry, to mount a blob from it.
    Mount(String),
    /// Delete. The challenge says which scope that needs: Quay refuses the action that others want.
    Delete,
}

/// Authorizes the requests of one repository. Tokens are kept per access, and renewed before they end or when the
/// registry no longer takes them.
#[derive(Debug)]
pub(crate) struct Authorizer {
    path: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    challenge: Option<Challenge>,
    tokens: HashMap<Access, Token>,
}

/// What a request was authorized with.
#[derive(Clone, Debug)]
pub(crate) enum Authorization {
    Nothing,
    Basic,
    Token(Secret),
}

impl Authorizer {
    pub(crate) fn new(path: &str) -> Self {
        Self { path: path.to_owned(), state: Mutex::default() }
    }

    /// Learns what is wanted from the answer to a request for the registry's base, which wants nothing else.
    pub(crate) async fn learn(&self, response: &Response) {
        if response.status() == StatusCode::UNAUTHORIZED {
            self.state.lock().await.challenge = Challenge::of(response);
        }
    }

    /// Adds what the registry wants to see, as far as it has said so yet.
    pub(crate) async fn authorize(
        &self,
        request: Request,
        access: &Access,
        login: &Login,
        tokens: &TokenServer<'_>,
    ) -> Result<(Request, Authorization), Cause> {
        if let Login::Bearer(token) = login {
            return Ok((request.bearer(token), Authorization::Token(token.clone())));
        }
        let mut state = self.state.lock().await;
        let State { challenge, tokens: known } = &mut *state;
        match (&*challenge, login) {
            (Some(Challenge::Basic), Login::Basic(user)) => {
                Ok((request.basic(&user.username, &user.password), Authorization::Basic))
            }
            (Some(Challenge::Bearer(challenge)), _) => {
                if !known.get(access).is_some_and(|token| token.is_valid(Instant::now())) {
                    let scopes = self.scopes(access);
                    if scopes.is_empty() && challenge.scope.is_none() {
                        return Ok((request, Authorization::Nothing));
                    }
                    let token = tokens.fetch(challenge, &scopes, login).await?;
                    known.insert(access.clone(), token);
                }
                let Some(token) = known.get(access) else { return Ok((request, Authorization::Nothing)) };
                Ok((request.bearer(&token.text), Authorization::Token(token.text.clone())))
            }
            _ => Ok((request, Authorization::Nothing)),
        }
    }

    /// Prepares for another try after a 401; false if there is nothing else to try.
    pub(crate) async fn renew(&self, response: &Response, access: &Access, used: &Authorization) -> bool {
        let Some(challenge) = Challenge::of(response) else { return false };
        let mut state = self.state.lock().await;
        let is_bearer = matches!(challenge, Challenge::Bearer(_));
        state.challenge = Some(challenge);
        match used {
            Authorization::Nothing => true,
            Authorization::Basic => is_bearer,
            Authorization::Token(used) => {
                // Of many requests with one stale token, the first gets the new one for all.
                if state.tokens.get(access).is_some_and(|token| token.text == *used) {
                    report::debug("the registry no longer takes the token: asking for a new one");
                    state.tokens.remove(access);
                }
                is_bearer
            }
        }
    }

    fn scopes(&self, access: &Access) -> Vec<String> {
        let scope = |path: &str, actions: &str| format!("repository:{path}:{actions}");
        match access {
            Access::Pull => vec![scope(&self.path, "pull")],
            Access::Push => vec![scope(&self.path, "pull,push")],
            Access::Mount(from) => vec![scope(&self.path, "pull,push"), scope(from, "pull")],
            Access::Delete => vec![],
        }
    }
}

/// Where and how tokens are fetched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenServer<'a> {
    pub(crate) http: &'a http::Client,
    /// The registry itself. Credentials for a TLS registry are sent nowhere in plain text.
    pub(crate) registry: &'a Url,
    /// Whether plain text is allowed everywhere.
    pub(crate) insecure: bool,
}
