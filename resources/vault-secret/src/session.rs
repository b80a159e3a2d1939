//! One login for a step: made when first needed, renewed while needed, ended with the step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kit::{Error, Result, Secret, Step, report};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::auth::Login;
use crate::vault::{Answer, ApiPath, Authentication, Call, Vault, VaultError};

/// How long the end of a step waits for requests that were under way when it was aborted: what they made is undone.
const WAIT_FOR_PENDING: Duration = Duration::from_secs(2);

/// The login of a step. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Session {
    shared: Arc<Shared>,
}

struct Shared {
    /// Without a token.
    vault: Vault,
    login: Login,
    /// Held while somebody logs in or renews, so that this is done once.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// Leases of credentials that this step made, by id.
    leases: Vec<String>,
    /// Set when what hangs on our token leaves the step: it is not revoked then.
    is_handed_out: bool,
    /// Requests that make tokens or leases. They go on when the step is aborted, so that what they make is known.
    pending: Vec<JoinHandle<()>>,
}

/// A token and what is known of it.
#[derive(Clone)]
pub(crate) struct Token {
    secret: Secret,
    accessor: String,
    policies: Vec<String>,
    /// Whether we made it by a login.
    is_ours: bool,
    is_renewable: bool,
    /// A batch token is no entry in Vault's store: nothing to revoke.
    is_batch: bool,
    /// When it was made or renewed, and for how long; `None` for one that does not end or whose end is not known.
    life: Option<(Instant, Duration)>,
}

impl Session {
    /// Prepares a session; nothing is sent yet. What it makes is ended with the step.
    pub(crate) fn open<S>(step: &Step<S>, vault: Vault, login: Login) -> Self {
        let shared = Shared { vault, login, turn: tokio::sync::Mutex::default(), state: Mutex::default() };
        let session = Self { shared: Arc::new(shared) };
        // Last in, first done: leases first, since the token may be what permits it.
        let (end, undo) = (session.clone(), session.clone());
        step.at_end("revoke the login token", async move { end.revoke_token().await });
        step.unless_successful("revoke what this step had made", async move { undo.revoke_leases().await });
        session
    }

    /// Returns Vault with a token that is good for a while yet; logs in if nobody has.
    ///
    /// # Errors
    /// When the login fails.
    pub(crate) async fn vault(&self) -> Result<Vault> {
        let _turn = self.shared.turn.lock().await;
        let known = self.state().token.clone();
        let token = match known {
            Some(token) if !token.is_near_end() => token,
            Some(token) => self.refresh(token).await?,
            None => self.log_in().await?,
        };
        Ok(self.shared.vault.with_token(token.secret))
    }

    /// Returns Vault as it is spoken to without a token.
    pub(crate) fn vault_without_token(&self) -> &Vault {
        &self.shared.vault
    }

    /// Sends a request that makes a credential. If the step then fails or is aborted, its lease is revoked.
    ///
    /// # Errors
    /// When Vault refuses.
    pub(crate) async fn mint(&self, vault: &Vault, call: Call) -> Result<Answer, VaultError> {
        let (vault, session) = (vault.clone(), self.clone());
        let made = self.finish_even_if_aborted(async move {
            let answer = vault.send(&call).await?;
            if !answer.envelope.lease_id.is_empty() {
                session.state().leases.push(answer.envelope.lease_id.clone());
            }
            Ok(answer)
        });
        made.await
    }

    /// Says that leases of this step, or its token, leave the step: the token must live on, since it takes its
    /// leases with it.
    pub(crate) fn hand_out(&self) {
        self.state().is_handed_out = true;
    }

    /// Returns the token in use, if somebody has logged in.
    pub(crate) fn token(&self) -> Option<Token> {
        self.state().token.clone()
    }

    /// Turns an error into the step's, with what a policy lacks where permission was denied.
    pub(crate) async fn explain(&self, error: VaultError) -> Error {
        let VaultError::Denied { path, capability, .. } = &error else { return error.explained() };
        let policies = self.policies().await;
        let (path, capability) = (path.clone(), *capability);
        let advice = format!(
            "a policy must grant `{capability}` on `{path}`{}{policies}",
            self.shared.vault.namespace().map(|name| format!(" in namespace `{name}`")).unwrap_or_default()
        );
        Error::from(error).hint(advice)
    }

    async fn log_in(&self) -> Result<Token> {
        self.check_namespace().await?;
        let token = match self.shared.login.given_token() {
            Some(token) => Token::given(token.clone()),
            None => {
                let session = self.clone();
                let made = self.finish_even_if_aborted(async move {
                    let made = session.shared.login.run(&session.shared.vault).await?;
                    session.state().token = Some(Token::made(made));
                    Ok::<_, Error>(())
                });
                made.await?;
                return self.token().ok_or_else(|| Error::new("the login brought no token; this is a bug"));
            }
        };
        self.state().token = Some(token.clone());
        Ok(token)
    }

    /// Vault's Community edition ignores the namespace and would answer from the root: another secret, or a write to
    /// the wrong place. Only there health says `enterprise: false`; OpenBao, which has namespaces, says nothing.
    async fn check_namespace(&self) -> Result<()> {
        let vault = &self.shared.vault;
        let Some(namespace) = vault.namespace() else { return Ok(()) };
        let health = Call::read(ApiPath::fixed("sys/health")).outside_namespaces();
        let health = health.query("standbyok", "true").query("perfstandbyok", "true");
        // A proxy that hides health leaves the question open; then the namespace is believed.
        let answer = vault.send(&health).await.ok();
        let body = answer.and_then(|answer| serde_json::from_slice::<serde_json::Value>(&answer.body).ok());
        if body.is_some_and(|body| body.get("enterprise") == Some(&json!(false))) {
            let error = Error::new(format!(
                "Vault at {} has no namespaces, and would answer for `{namespace}` from its root",
                vault.address()
            ));
            return Err(error.hint("leave `namespace` out: this is Vault's Community edition"));
        }
        Ok(())
    }

    /// Renews a token that will not live much longer, or logs in anew.
    async fn refresh(&self, token: Token) -> Result<Token> {
        let vault = self.shared.vault.with_token(token.secret.clone());
        let call = Call::write(ApiPath::fixed("auth/token/renew-self"), json!({})).repeatable();
        if token.is_renewable {
            let answer = vault.send(&call).await;
            if let Ok(Some(renewed)) = answer.map(|answer| answer.envelope.auth) {
                let token = Token { life: Token::life(&renewed), ..token.clone() };
                // Near its longest life a renewal adds little; then a new login must follow, if one can.
                if !token.is_near_end() || !self.shared.login.is_repeatable() {
                    self.state().token = Some(token.clone());
                    return Ok(token);
                }
            }
        }
        if !self.shared.login.is_repeatable() || self.state().is_handed_out || !self.state().leases.is_empty()
        {
            // What we hold is bound to this token; it is used to its end.
            return Ok(token);
        }
        self.log_in().await
    }

    /// Runs `work` to its end even if the step is aborted meanwhile, and has the end of the step wait for it.
    async fn finish_even_if_aborted<T: Send + 'static, E: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let handle = tokio::spawn(async move {
            let _ = sender.send(work.await);
        });
        {
            let mut state = self.state();
            state.pending.retain(|pending| !pending.is_finished());
            state.pending.push(handle);
        }
        match receiver.await {
            Ok(outcome) => outcome,
            // The sender is dropped only when the runtime ends, and we with it.
            Err(_) => std::future::pending().await,
        }
    }

    async fn wait_for_pending(&self) {
        let pending = std::mem::take(&mut self.state().pending);
        let _ = tokio::time::timeout(WAIT_FOR_PENDING, join_all(pending)).await;
    }

    async fn revoke_leases(&self) -> Result<()> {
        self.wait_for_pending().await;
        let (token, leases) = {
            let mut state = self.state();
            state.is_handed_out = false;
            (state.token.clone(), std::mem::take(&mut state.leases))
        };
        let Some(token) = token.filter(|_| !leases.is_empty()) else { return Ok(()) };
        let vault = self.shared.vault.with_token(token.secret.clone());
        let outcomes = join_all(leases.iter().map(|lease| revoke_lease(&vault, lease))).await;
        match outcomes.into_iter().find_map(Result::err) {
            // Our own token is revoked next and takes its leases along.
            Some(error) if token.is_ours && error.is_denied() => Ok(()),
            Some(error) => Err(error.explained().context(format!("leases live on: {}", leases.join(", ")))),
            None => Ok(()),
        }
    }

    async fn revoke_token(&self) -> Result<()> {
        self.wait_for_pending().await;
        let (token, is_handed_out) = {
            let mut state = self.state();
            (state.token.take(), state.is_handed_out)
        };
        let Some(token) = token.filter(|token| token.is_ours && !token.is_batch) else { return Ok(()) };
        if is_handed_out {
            report::debug("the login token is left to its end: what this step hands out ends with it");
            return Ok(());
        }
        let vault = self.shared.vault.with_token(token.secret);
        let call = Call::write(ApiPath::fixed("auth/token/revoke-self"), json!({})).repeatable();
        match vault.send(&call).await {
            // Already ended: what was wanted.
            Ok(_) | Err(VaultError::InvalidToken { .. }) => Ok(()),
            Err(error) => Err(error.explained()),
        }
    }

    /// The policies of the token, as words for a message. Asked only after a refusal: a lookup may use up a token.
    async fn policies(&self) -> String {
        let Some(token) = self.token() else { return String::new() };
        let mut policies = token.policies;
        if policies.is_empty() {
            let vault = self.shared.vault.with_token(token.secret);
            let answer = vault.send(&Call::read(ApiPath::fixed("auth/token/lookup-self"))).await.ok();
            let named =
                answer.as_ref().and_then(|answer| answer.data()?.get("policies")?.as_array().cloned());
            policies = named.iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        }
        if policies.is_empty() {
            String::new()
        } else {
            format!("; the token has the policies {}", policies.join(", "))
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a lease now: `sync` has Vault answer when it is done.
pub(crate) async fn revoke_lease(vault: &Vault, lease: &str) -> Result<(), VaultError> {
    let call = Call::write(ApiPath::fixed("sys/leases/revoke"), json!({ "lease_id": lease, "sync": true }));
    vault.send(&call.repeatable()).await.map(|_| ())
}

impl Token {
    fn given(secret: Secret) -> Self {
        Self {
            secret,
            accessor: String::new(),
            policies: Vec::new(),
            is_ours: false,
            is_renewable: false,
            is_batch: false,
            life: None,
        }
    }

    fn made(made: Authentication) -> Self {
        Self {
            life: Self::life(&made),
            is_batch: made.token_type == "batch",
            secret: made.client_token,
            accessor: made.accessor,
            policies: made.policies,
            is_ours: true,
            is_renewable: made.renewable,
        }
    }

    fn life(made: &Authentication) -> Option<(Instant, Duration)> {
        (made.lease_duration > 0).then(|| (Instant::now(), Duration::from_secs(made.lease_duration)))
    }

    /// Tells whether less than a third of its life is left.
    fn is_near_end(&self) -> bool {
        self.life.is_some_and(|(since, length)| since.elapsed() > length.mul_f64(2.0 / 3.0))
    }

    /// Returns the token itself.
    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Returns the name by which it can be revoked without being known; empty for a token that the user gave.
    pub(crate) fn accessor(&self) -> &str {
        &self.accessor
    }

    /// Returns how long it lives from its making on, in seconds, as far as that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.life.map(|(_, length)| length.as_secs())
    }

    /// Returns how long it has left; `None` if it does not end, or nobody knows.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        self.life.map(|(since, length)| length.saturating_sub(since.elapsed()))
    }
}
