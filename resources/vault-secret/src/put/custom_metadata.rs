//! What KV 2 keeps beside a secret: its owner, notes, and how long versions live.

use std::collections::BTreeMap;

use kit::{Context, Error, Result, report};
use minijinja::{Environment, UndefinedBehavior, context};
use serde_json::{Map, Value, json};

use super::Putter;
use crate::engines::Place;
use crate::engines::kv2::{self, Metadata};
use crate::params::Write;
use crate::vault::Call;

/// The key by which External Secrets marks its own as well.
const OWNER: &str = "managed-by";

impl Putter<'_> {
    /// Refuses a secret that somebody else owns.
    pub(super) async fn check_owner(&self, write: &Write, place: &Place) -> Result<()> {
        let Some(owner) = &write.owner else { return Ok(()) };
        let Some(metadata) = self.metadata(place).await? else { return Ok(()) };
        // A secret whose versions are all gone belongs to nobody.
        if metadata.current_version == 0 {
            return Ok(());
        }
        match metadata.custom_metadata.as_ref().and_then(|custom| custom.get(OWNER)) {
            Some(other) if other == owner => Ok(()),
            Some(other) => {
                Err(Error::new(format!("`{}` is managed by `{other}`, not by `{owner}`", place.path()))
                    .hint("write another secret, or change `managed-by` in its custom metadata"))
            }
            None => Err(Error::new(format!(
                "`{}` exists and is not marked as managed by `{owner}`",
                place.path()
            ))
            .hint(format!("`vault kv metadata patch -custom-metadata={OWNER}={owner} …` marks it"))),
        }
    }

    /// Writes what the user wants beside the secret, if that changes anything.
    pub(super) async fn write_metadata(&self, write: &Write, place: &Place) -> Result<()> {
        let mut wanted = self.rendered(&write.custom_metadata)?;
        wanted.extend(write.owner.iter().map(|owner| (OWNER.to_owned(), owner.clone())));
        let mut body = settings(write);
        if wanted.is_empty() && body.is_empty() {
            return Ok(());
        }
        let before = self.metadata(place).await?.unwrap_or_default().custom_metadata.unwrap_or_default();
        if !wanted.is_empty() {
            // A write replaces all custom metadata: those of others are kept.
            let mut merged = before.clone();
            merged.extend(wanted);
            if merged != before {
                body.insert("custom_metadata".into(), json!(merged));
            }
        }
        if body.is_empty() {
            return Ok(());
        }
        if self.is_dry_run {
            report::info(format_args!("dry run: the metadata of `{}` would be written", place.path()));
            return Ok(());
        }
        let vault = self.session.vault().await?;
        let call = Call::write(place.versioned_path("metadata"), Value::Object(body)).repeatable();
        match vault.send(&call).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self
                .session
                .explain(error)
                .await
                .context(format!("`{}` was written, but not its metadata", place.path()))),
        }
    }

    async fn metadata(&self, place: &Place) -> Result<Option<Metadata>> {
        let vault = self.session.vault().await?;
        match kv2::metadata(&vault, place).await {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(self.session.explain(error).await),
        }
    }

    /// Fills in what the build is.
    fn rendered(&self, texts: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let build = self.build.clone();
        let values = context! { build => context! {
            id => build.id, name => build.name, job => build.job, pipeline => build.pipeline, team => build.team,
            url => build.url, created_by => build.created_by,
        }};
        let render = |(key, text): (&String, &String)| {
            let rendered = environment.render_str(text, &values);
            let rendered =
                rendered.map_err(|problem| Error::new(format!("it has a mistake: {}", problem.kind())));
            Ok((
                key.clone(),
                rendered.context(|| format!("`custom_metadata.{key}` of a write can't be used"))?,
            ))
        };
        texts.iter().map(render).collect()
    }
}

fn settings(write: &Write) -> Map<String, Value> {
    let fields = [
        ("max_versions", write.max_versions.map(|most| json!(most))),
        (
            "delete_version_after",
            write.delete_version_after.map(|after| json!(format!("{}s", after.seconds()))),
        ),
        ("cas_required", write.cas_required.map(|required| json!(required))),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
