//! What a put does instead of a push.

use kit::{Context, Error, Inputs, Metadata, Pushed, Result, Step, report};
use oci_registry::{Client as Registry, Digest, Reference, Tag};
use quay_api::{Client, TagQuery};

use super::Action;
use super::gate::Gate;
use super::prune::delete_tags;
use super::restore::restore;
use crate::put::{Params, TextOrFile};
use crate::source::Source;
use crate::version::Version;

/// Does what `params.action` says.
///
/// # Errors
/// When something is missing, Quay refuses, or a scan does not pass.
pub async fn act(step: &Step<Source>, params: &Params, from: &Inputs) -> Result<Pushed<Version>> {
    let source = &step.source;
    let settings = params.declared(from)?;
    let registry = source.client().await?;
    let action = format!("`action: {}`", params.action.name());
    let quay = source.required_quay(registry.repository(), &action).await?;
    let mut metadata = Metadata::new().with("repository", &source.repository);
    let version = match (params.action, &params.delete_tags, &params.restore, &settings) {
        (Action::Scan, ..) => scan(source, params, &quay, &registry, from, &mut metadata).await?,
        (Action::Restore, _, Some(params), _) => restore(&quay, params).await?,
        (Action::DeleteTags, Some(params), ..) => {
            delete_tags(&quay, params).await?;
            standing(source, &quay, &registry).await?
        }
        (Action::EnsureRepository, _, _, Some(settings)) => {
            settings.apply(&quay, &params.secrets(), from, params.dry_run.get()).await?;
            standing(source, &quay, &registry).await?
        }
        _ => return Err(Error::new(format!("{action} lacks its params"))),
    };
    metadata.push("action", params.action.name());
    Ok(Pushed { version, metadata })
}

async fn scan(
    source: &Source,
    params: &Params,
    quay: &Client,
    registry: &Registry,
    from: &Inputs,
    metadata: &mut Metadata,
) -> Result<Version> {
    let none = (&super::ScanParams::default(), "params.scan");
    let (scan, place) = source.scan_of(params.scan.as_ref()).unwrap_or(none);
    scan.check(place)?;
    let version = named(source, params, registry, from).await?;
    let platform = source.platform(None);
    let checked =
        Gate { quay, registry, params: scan, place, platform: &platform }.look(&version.digest).await?;
    checked.enforce()?;
    checked.add_metadata(metadata);
    Ok(version)
}

/// Returns the image that is meant: by `digest`, by `tag`, or by the source's tag.
async fn named(source: &Source, params: &Params, registry: &Registry, from: &Inputs) -> Result<Version> {
    let read =
        |field: &str, text: &TextOrFile| text.read(from).context(|| format!("cannot read `params.{field}`"));
    let tag = params
        .tag
        .as_ref()
        .map(|text| read("tag", text)?.parse::<Tag>().context(|| "`params.tag` can't be used".into()));
    let tag = tag.transpose()?.or_else(|| source.tag().cloned());
    if let Some(text) = &params.digest {
        let digest: Digest =
            read("digest", text)?.parse().context(|| "`params.digest` can't be used".into())?;
        return Ok(Version { tag, digest });
    }
    let tag = tag.ok_or_else(|| {
        Error::new("`action: scan` does not know which image is meant")
            .hint("give `digest: {file: image/digest}` in the params, or `tag` there or in the source")
    })?;
    let found = registry.head(&Reference::Tag(tag.clone())).await?;
    let found = found.ok_or_else(|| Error::new(format!("`{}:{tag}` is not there", source.repository)))?;
    Ok(Version::new(tag, found.digest))
}

/// Returns a version for a put that made none, since Concourse wants one: what the source's tag stands for, or the
/// newest tag. Where there is no image at all, the name of the repository stands in for one.
async fn standing(source: &Source, quay: &Client, registry: &Registry) -> Result<Version> {
    let query = TagQuery { tag: source.tag().cloned(), ..TagQuery::default() };
    let rows = quay.tags_until(&query, |row| !row.is_attachment()).await?;
    if let Some(row) = rows.into_iter().find(|row| !row.is_attachment()) {
        return Ok(Version::new(row.name, row.digest));
    }
    report::info("there is no image that could be fetched now: this put needs `no_get: true`");
    Ok(Version { tag: None, digest: Digest::sha256(registry.repository().to_string().as_bytes()) })
}
