//! Pushes an image: its blobs, its manifests, and at the very end its tags.

mod archive;
mod assemble;
mod change;
mod content;
mod merge;
mod mount;
mod params;
mod payload;
mod publish;
mod referrers;
mod tags;
mod upload;

use std::collections::HashSet;
use std::path::PathBuf;

use cosign::{Signed, SigningKey};
use kit::{Context, Error, Inputs, Metadata, Pushed, Result, Step, report};
use oci_registry::{Client, Platform};

pub use self::assemble::{Assemble, Assembled, Assembly, BaseFrom, BaseParams, LayerParams, ModesParam};
pub use self::merge::platform;
pub use self::params::{FileName, Images, Params, Sign, TextOrFile};

use self::change::Changes;
use self::mount::Origins;
use self::payload::{Blob, Payload, Referrer};
use self::tags::Wanted;
use crate::quay::{self, Action, AtQuay};
use crate::source::Source;
use crate::version::Version;

/// Pushes an image.
///
/// No tag moves before everything that it leads to is there, so that whatever ends a put, and however suddenly, no tag
/// names a broken image.
///
/// # Errors
/// When it can't be pushed whole.
pub async fn put(step: &Step<Source>, params: Params, from: &Inputs) -> Result<Pushed<Version>> {
    let source = &step.source;
    if let Some(content_trust) = &source.content_trust {
        content_trust.refuse_put()?;
    }
    params.action.check(&params)?;
    if params.action != Action::Push {
        return quay::act(step, &params, from).await;
    }
    let wanted = Wanted::new(source, &params, from)?;
    let changes = Changes::read(&params, from)?;
    let key = params.sign.as_ref().map(Sign::signing_key).transpose()?;
    let mut at_quay = AtQuay::read(source, &params, from)?;
    let (payload, beside) = read(source, &params, from).await?;
    let payload = changes.apply(payload)?;
    if source.uses_quay() {
        change::check_own_expiry(&payload)?;
    }

    let client = source.client().await?;
    at_quay.prepare(&client, from).await?;
    let origins = Origins::new(&client, from, &beside, &payload);
    let referrers = match params.referrers.get() {
        true => referrers::missing(&client, &payload).await?,
        false => Vec::new(),
    };
    upload::push(&client, blobs(&payload, &referrers), &origins).await?;
    publish::write_manifests(&client, &payload).await?;
    referrers::write(&client, &referrers).await?;
    // A get that verifies must never see a tag whose image is not signed yet.
    if let Some(key) = key {
        sign(&client, &payload, &key).await?;
    }
    publish_under(step, &client, &payload, wanted, &at_quay).await
}

/// Returns all blobs, each once: referrers often have the same empty configuration.
fn blobs<'a>(payload: &'a Payload, referrers: &[&'a Referrer]) -> Vec<&'a Blob> {
    let mut seen = HashSet::new();
    let of_referrers = referrers.iter().flat_map(|referrer| &referrer.payload.blobs);
    payload.blobs.iter().chain(of_referrers).filter(|blob| seen.insert(&blob.descriptor.digest)).collect()
}

async fn publish_under(
    step: &Step<Source>,
    client: &Client,
    payload: &Payload,
    wanted: Wanted,
    at_quay: &AtQuay<'_>,
) -> Result<Pushed<Version>> {
    let tags = wanted.tags(client).await?;
    at_quay.check_tags(tags.iter())?;
    let mut metadata = Metadata::new().with("repository", &step.source.repository).with("tags", tags.line());
    at_quay.gate(client, &payload.top.digest, &mut metadata).await?;
    let renew = change::expires(payload);
    publish::move_tags(step, client, &payload.top, &tags, renew).await?;
    at_quay.finish(&payload.top.digest, tags.iter()).await?;
    Ok(Pushed { version: Version::new(tags.first()?.clone(), payload.top.digest.clone()), metadata })
}

async fn sign(client: &Client, payload: &Payload, key: &SigningKey) -> Result<()> {
    let done = match cosign::sign(client, &payload.top.digest, key).await? {
        Signed::New => "signed",
        Signed::Already => "had been signed by this key already",
    };
    report::info(format_args!("{}: {done}", payload.top.digest));
    Ok(())
}

/// An image to push, and for which platform the params say that it is.
struct Named {
    platform: Option<Platform>,
    path: PathBuf,
}

fn images(images: &Images, from: &Inputs) -> Result<Vec<Named>> {
    let one = |place: String, platform: Option<&str>, glob: &str| {
        let path = from.glob_one(glob).context(|| format!("`params.image{place}` names no image"))?;
        Ok(Named { platform: platform.map(|text| merge::platform("params.image", text)).transpose()?, path })
    };
    let named: Vec<Named> = match images {
        Images::One(glob) => vec![one(String::new(), None, glob)?],
        Images::Several(globs) => globs
            .iter()
            .enumerate()
            .map(|(at, glob)| one(format!("[{at}]"), None, glob))
            .collect::<Result<_>>()?,
        Images::ByPlatform(globs) => globs
            .iter()
            .map(|(platform, glob)| one(format!("[{platform}]"), Some(platform), glob))
            .collect::<Result<_>>()?,
    };
    if named.is_empty() {
        return Err(Error::new("`params.image` names no image"));
    }
    Ok(named)
}

/// Returns what to push, and the images among the inputs that it is made of.
async fn read(source: &Source, params: &Params, from: &Inputs) -> Result<(Payload, Vec<PathBuf>)> {
    match (&params.image, &params.assemble) {
        (Some(image), None) => {
            let images = images(image, from)?;
            let payload = read_images(&images, from).await?;
            Ok((payload, images.into_iter().map(|image| image.path).collect()))
        }
        (None, Some(assemble)) => {
            let version = params.version.as_ref().map(ToString::to_string);
            let assembly = assemble.assembly(source, version, from).await?;
            let beside = assembly.base.path().into_iter().map(PathBuf::from).collect();
            Ok((assembly.assemble().await?.into_payload(), beside))
        }
        (Some(_), Some(_)) => Err(Error::new("`params` has both `image` and `assemble`")
            .hint("to add to an image, name it as `assemble.base.path`")),
        (None, None) => Err(Error::new("`params` has neither `image` nor `assemble`")),
    }
}

async fn read_images(images: &[Named], from: &Inputs) -> Result<Payload> {
    let mut payloads = Vec::with_capacity(images.len());
    for Named { platform, path } in images {
        let payload = archive::open(path.clone(), from.root().to_owned()).await?;
        payloads.push((platform.clone(), payload));
    }
    match payloads.len() {
        1 if payloads[0].0.is_none() => Ok(payloads.remove(0).1),
        _ => merge::merge("params.image", payloads),
    }
}
