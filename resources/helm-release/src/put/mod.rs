//! put: changes a release through the real Helm.

mod abort;
mod action;
mod chart;
mod cosign;
mod crds;
mod dependencies;
mod deploy;
mod failure;
mod lock;
mod namespace;
mod outcome;
mod plan;
mod rollback;
mod test_hooks;
mod uninstall;
mod upgrade;
mod work;

use kit::{Inputs, Pushed, Result, Step};

use crate::cluster;
use crate::params::PutParams;
use crate::source::Source;
use crate::version::Version;
use action::Action;
use work::Work;

/// Makes the change that the params ask for.
///
/// # Errors
/// When it could not be made whole.
pub async fn put(step: &Step<Source>, params: PutParams, from: &Inputs) -> Result<Pushed<Version>> {
    let action = Action::of(&params)?;
    let work = Work::open(step, &params, from).await?;
    if !cluster::is_renewable(&step.source) {
        return run(action, work).await;
    }
    let (home, given) = (work.helm.shared_home(), work.given.clone());
    tokio::select! {
        outcome = run(action, work) => outcome,
        never = cluster::renew(&step.source, &given, |token| home.keep_token(token)) => match never {},
    }
}

async fn run(action: Action, work: Work<'_>) -> Result<Pushed<Version>> {
    match action {
        Action::Deploy => deploy::run(work).await,
        Action::Rollback => rollback::run(&work).await,
        Action::Test => test_hooks::run_alone(&work).await,
        Action::Uninstall => uninstall::run(&work).await,
    }
}
