//! Makes an image of a base and folders: for a put, or to be written to disk.

mod base;
mod export;
mod params;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use futures_util::{StreamExt, TryStreamExt, stream};
use kit::report::{Progress, Unit};
use kit::{Context, Error, Result};
use oci_assemble::{AssembleError, Layer, Measured, Placed, Recipe};
use oci_registry::{Descriptor, Platform, media_type};

pub use self::base::BaseFrom;
pub use self::params::{Assemble, BaseParams, LayerParams, ModesParam};

use self::base::FoundBase;
use super::content::Content;
use super::payload::{Blob, Payload, manifest};
use super::{change, merge};

/// What to assemble, and for which platforms.
#[derive(Clone, Debug)]
pub struct Assembly {
    /// What it is made on.
    pub base: BaseFrom,
    /// What is added.
    pub recipe: Recipe,
    /// For which platforms: several become an index. None means the base's own.
    pub platforms: Vec<Platform>,
    /// The platform that is meant where neither `platforms` nor the base says one.
    pub default_platform: Platform,
}

/// An image or index that was assembled. Its layers are read from where they are when they are needed.
#[derive(Clone, Debug)]
pub struct Assembled {
    payload: Payload,
}

/// A layer that is known by its digest, and for which platform it is.
#[derive(Clone)]
struct Ready {
    platform: Option<Platform>,
    layer: Layer,
    measured: Measured,
}

impl Assembly {
    /// Makes the image.
    ///
    /// # Errors
    /// When a folder or the base can't be read, or the base has nothing for a platform.
    pub async fn assemble(&self) -> Result<Assembled> {
        let base = self.base.open().await?;
        let platforms = match self.platforms.as_slice() {
            [] => vec![base.platform(&self.default_platform)],
            platforms => platforms.to_vec(),
        };
        self.check_layers(&platforms)?;
        let layers = self.layers().await?;
        let mut images = Vec::with_capacity(platforms.len());
        for platform in platforms {
            let found = base.find(&platform).await?;
            images.push((Some(platform.clone()), self.image(found, &platform, &layers)?));
        }
        let payload = match images.len() {
            1 => images.remove(0).1,
            _ => self.index(images)?,
        };
        Ok(Assembled { payload })
    }

    /// A layer for a platform that is not made would be passed over.
    fn check_layers(&self, platforms: &[Platform]) -> Result<()> {
        for Placed { from, platform, .. } in &self.recipe.layers {
            let Some(platform) = platform else { continue };
            if !platforms.iter().any(|made| platform.accepts(made)) {
                let made: Vec<String> = platforms.iter().map(Platform::to_string).collect();
                return Err(Error::new(format!(
                    "the layer of `{}` is for {platform}, and the image for {}",
                    from.display(),
                    made.join(", ")
                ))
                .hint("name its platform among `platforms`, or leave it out of the layer"));
            }
        }
        Ok(())
    }

    /// Reads all layers once, several at the same time.
    async fn layers(&self) -> Result<Vec<Ready>> {
        let time = self.recipe.source_date;
        let progress = Arc::new(Progress::new("reading the layers", Unit::Bytes, 0));
        let at_once = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let ready = stream::iter(self.recipe.layers.iter().cloned())
            .map(|placed| {
                let progress = Arc::clone(&progress);
                async move {
                    let read = move || measured(placed, time, &progress);
                    tokio::task::spawn_blocking(read).await.context(|| "cannot read a layer".into())?
                }
            })
            .buffered(at_once)
            .try_collect()
            .await?;
        progress.finish();
        Ok(ready)
    }

    fn image(&self, found: FoundBase, platform: &Platform, layers: &[Ready]) -> Result<Payload> {
        let own: Vec<(Layer, Measured)> = layers
            .iter()
            .filter(|ready| ready.platform.as_ref().is_none_or(|wanted| wanted.accepts(platform)))
            .map(|ready| (ready.layer.clone(), ready.measured.clone()))
            .collect();
        let image = found.base.with(&self.recipe, &own).map_err(advised)?;
        let top = manifest(&serde_json::from_slice(&image.manifest)?)?;
        let config = Blob::new(media_type::OCI_CONFIG, image.config);
        let (children, referrers) = (Vec::new(), Vec::new());
        let platform = Some(platform.clone());
        let mut payload = Payload { top, children, blobs: vec![config], platform, referrers };
        found.blobs.into_iter().for_each(|blob| payload.add_blob(blob));
        for (layer, Measured { digest, size, .. }) in own {
            let descriptor = Descriptor::new(oci_assemble::OCI_GZIP_LAYER, digest, size);
            payload.add_blob(Blob { descriptor, content: Content::Layer(layer) });
        }
        Ok(payload)
    }

    fn index(&self, images: Vec<(Option<Platform>, Payload)>) -> Result<Payload> {
        let mut index = merge::merge("params.assemble.platforms", images)?;
        let origin = self.recipe.origin().into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        index.top = change::annotated(&index.top, &origin)?;
        Ok(index)
    }
}

fn measured(placed: Placed, time: oci_assemble::SourceDate, progress: &Progress) -> Result<Ready> {
    let problem = || format!("cannot make a layer of `{}`", placed.from.display());
    let layer = Layer::of(&placed, time).map_err(advised).context(problem)?;
    progress.expect(layer.content_size());
    let measured = layer.measure(|count| progress.add(count)).map_err(advised).context(problem)?;
    Ok(Ready { platform: placed.platform, layer, measured })
}

/// Keeps the advice that an error of the crate has.
fn advised(problem: AssembleError) -> Error {
    let hint = problem.hint();
    let error = Error::from(problem);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
