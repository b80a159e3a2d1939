//! What differs between a repository and what is wanted of it.

use std::collections::BTreeMap;

use kit::{Inputs, Result, report};
use quay_api::{Client, Holder, RepositoryState};
use serde_json::Value;

use super::change::Change;
use super::declared::{Declared, Secrets, Wanted};

impl Declared {
    /// Makes the repository if it is not there, and changes what differs. Each change is said before it is made; with
    /// `dry_run` it is only said.
    ///
    /// # Errors
    /// When the declaration contradicts itself, or Quay refuses.
    pub async fn apply(&self, quay: &Client, secrets: &Secrets, from: &Inputs, dry_run: bool) -> Result<()> {
        let wanted = self.wanted(secrets, from)?;
        let changes = changes(quay, &wanted).await?;
        if changes.is_empty() {
            report::info(format_args!("{} is as declared", quay.repository()));
        }
        for change in &changes {
            if dry_run {
                report::info(format_args!("would {change}"));
            } else {
                report::info(change);
                change.make(quay).await?;
            }
        }
        Ok(())
    }
}

/// Reads what is there, all of it before anything is changed.
async fn changes(quay: &Client, wanted: &Wanted) -> Result<Vec<Change>> {
    let Some(state) = quay.show_repository().await? else { return Ok(from_nothing(quay, wanted)) };
    let mut changes = basics(&state, wanted);
    changes.extend(roles(quay, wanted).await?);
    changes.extend(webhooks(quay, wanted).await?);
    changes.extend(policies(quay, wanted).await?);
    changes.extend(mirror(quay, &state, wanted).await?);
    Ok(changes)
}

fn from_nothing(quay: &Client, wanted: &Wanted) -> Vec<Change> {
    let create = Change::Create {
        name: quay.repository().to_owned(),
        description: wanted.description.clone().unwrap_or_default(),
        is_public: wanted.is_public == Some(true),
    };
    let grants =
        wanted.roles.iter().cloned().map(|(holder, name, role)| Change::Grant { holder, name, role });
    let webhooks =
        wanted.webhooks.iter().cloned().map(|webhook| Change::Webhook { webhook, instead_of: None });
    let policies = wanted.policies.iter().cloned().map(|policy| Change::Prune { policy, instead_of: None });
    let mirror = wanted
        .mirror
        .iter()
        .flat_map(|mirror| [Change::NewMirror(mirror.new_body()), Change::State("MIRROR")]);
    std::iter::once(create).chain(grants).chain(webhooks).chain(policies).chain(mirror).collect()
}

fn basics(state: &RepositoryState, wanted: &Wanted) -> Vec<Change> {
    let described = state.description.as_deref().unwrap_or_default();
    let description = wanted.description.clone().filter(|wanted| wanted != described);
    let visibility = wanted.is_public.filter(|wanted| *wanted != state.is_public);
    description.map(Change::Describe).into_iter().chain(visibility.map(Change::Show)).collect()
}

async fn roles(quay: &Client, wanted: &Wanted) -> Result<Vec<Change>> {
    let mut known: BTreeMap<Holder, BTreeMap<String, String>> = BTreeMap::new();
    for (holder, ..) in &wanted.roles {
        if !known.contains_key(holder) {
            known.insert(*holder, quay.roles(*holder).await?);
        }
    }
    let role_of = |holder: &Holder, name: &String| known.get(holder)?.get(name).map(String::as_str);
    let differ = wanted.roles.iter().filter(|(holder, name, role)| role_of(holder, name) != Some(*role));
    Ok(differ.cloned().map(|(holder, name, role)| Change::Grant { holder, name, role }).collect())
}

async fn webhooks(quay: &Client, wanted: &Wanted) -> Result<Vec<Change>> {
    let known = if wanted.webhooks.is_empty() { Vec::new() } else { quay.notifications().await? };
    let mut changes = Vec::new();
    for webhook in &wanted.webhooks {
        let same = known
            .iter()
            .find(|known| known["event"] == webhook.event && known["title"] == webhook.title.as_str());
        if same.is_some_and(|known| known["config"]["url"] == webhook.url.expose()) {
            continue;
        }
        changes.push(Change::Webhook { webhook: webhook.clone(), instead_of: same.and_then(id) });
    }
    Ok(changes)
}

/// A policy of the same kind for the same tags is changed; else one is added.
async fn policies(quay: &Client, wanted: &Wanted) -> Result<Vec<Change>> {
    let known = if wanted.policies.is_empty() { Vec::new() } else { quay.prune_policies().await? };
    let mut changes = Vec::new();
    for policy in &wanted.policies {
        let is_same = |known: &&Value, keys: &[&str]| keys.iter().all(|key| known[*key] == policy[*key]);
        if known.iter().any(|known| is_same(&known, &["method", "value", "tagPattern"])) {
            continue;
        }
        let replaced = known.iter().find(|known| is_same(known, &["method", "tagPattern"]));
        changes.push(Change::Prune { policy: policy.clone(), instead_of: replaced.and_then(id) });
    }
    Ok(changes)
}

async fn mirror(quay: &Client, state: &RepositoryState, wanted: &Wanted) -> Result<Vec<Change>> {
    let Some(wanted) = &wanted.mirror else { return Ok(Vec::new()) };
    let change = match quay.mirror().await? {
        None => Some(Change::NewMirror(wanted.new_body())),
        Some(known) => wanted.difference(&known.0).map(|(body, names)| Change::Mirror { body, names }),
    };
    let state = (state.state.as_deref() != Some("MIRROR")).then_some(Change::State("MIRROR"));
    Ok(change.into_iter().chain(state).collect())
}

fn id(known: &Value) -> Option<String> {
    known["uuid"].as_str().map(str::to_owned)
}
