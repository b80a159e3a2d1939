//! Writes manifests, and then lets tags name the top one.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::{StreamExt, TryStreamExt, stream};
use kit::{Context, Error, Result, Step, report};
use oci_registry::{Client, Digest, Manifest, Reference, Tag, media_type};

use super::payload::Payload;
use super::tags::Tags;

/// How many manifests are written at once.
const AT_ONCE: usize = 6;

/// Writes the manifests under their digests: each after those that it names.
///
/// # Errors
/// When the registry refuses one.
pub(super) async fn write_manifests(client: &Client, payload: &Payload) -> Result<()> {
    write_children(client, payload).await?;
    write(client, &payload.top).await
}

/// Writes the manifests below the top one.
///
/// # Errors
/// When the registry refuses one.
pub(super) async fn write_children(client: &Client, payload: &Payload) -> Result<()> {
    let (indexes, images): (Vec<_>, Vec<_>) =
        payload.children.iter().partition(|manifest| media_type::is_index(&manifest.media_type));
    stream::iter(images.into_iter().map(Ok::<_, Error>))
        .try_for_each_concurrent(AT_ONCE, |manifest| write(client, manifest))
        .await?;
    for manifest in indexes {
        write(client, manifest).await?;
    }
    Ok(())
}

async fn write(client: &Client, manifest: &Manifest) -> Result<()> {
    let reference = Reference::Digest(manifest.digest.clone());
    if client.head(&reference).await?.is_none() {
        client.put_manifest(&reference, &manifest.media_type, manifest.raw.clone()).await?;
    }
    Ok(())
}

/// Lets each tag name `top`. When one can't, those that moved before are moved back. Tags that name it already are
/// left alone unless `renew` is set: some registries refuse, or count, a second time.
///
/// # Errors
/// When the registry refuses one.
pub(super) async fn move_tags<S>(
    step: &Step<S>,
    client: &Client,
    top: &Manifest,
    tags: &Tags,
    renew: bool,
) -> Result<()> {
    let before: Vec<(&Tag, Option<Digest>)> = stream::iter(tags.iter())
        .map(async |tag| Ok::<_, Error>((tag, digest(client, tag).await?)))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let moved: Rc<RefCell<Vec<Moved>>> = Rc::default();
    let undo = step.unless_successful("move the tags back", move_back(client.clone(), Rc::clone(&moved)));
    for (tag, before) in before {
        if before.as_ref() == Some(&top.digest) && !renew {
            report::info(format_args!("tag {tag}: named this image already"));
            continue;
        }
        let named_already = before.as_ref() == Some(&top.digest);
        let moved_before = tags_of(&moved.borrow());
        moved.borrow_mut().push(Moved { tag: tag.clone(), before });
        push(client, top, tag, named_already).await.context(|| could_not_push(tag, &moved_before))?;
    }
    // What follows can't fail in a way that the tags should know.
    undo.cancel();
    Ok(())
}

async fn push(client: &Client, top: &Manifest, tag: &Tag, named_already: bool) -> Result<()> {
    let named = Reference::Tag(tag.clone());
    match client.put_manifest(&named, &top.media_type, top.raw.clone()).await {
        // Quay refuses an immutable tag even what it names already.
        Err(problem) if named_already && problem.code() == "TAG_IMMUTABLE" => {
            report::info(format_args!("tag {tag}: named this image already, and is immutable"));
        }
        written => {
            written?;
            report::info(format_args!("tag {tag}: pushed"));
        }
    }
    Ok(())
}

fn could_not_push(tag: &Tag, moved_before: &[String]) -> String {
    match moved_before {
        [] => format!("cannot push the tag `{tag}`, and no tag was moved"),
        moved => format!(
            "cannot push the tag `{tag}`; pushed before it, and now moved back unless new: {}",
            moved.join(", ")
        ),
    }
}

fn tags_of(moved: &[Moved]) -> Vec<String> {
    moved.iter().map(|moved| format!("`{}`", moved.tag)).collect()
}

async fn digest(client: &Client, tag: &Tag) -> Result<Option<Digest>> {
    let found = client.head(&Reference::Tag(tag.clone())).await?;
    Ok(found.map(|descriptor| descriptor.digest))
}

/// A tag that was moved, or was about to be.
struct Moved {
    tag: Tag,
    before: Option<Digest>,
}

async fn move_back(client: Client, moved: Rc<RefCell<Vec<Moved>>>) -> Result<()> {
    let moved = std::mem::take(&mut *moved.borrow_mut());
    for Moved { tag, before } in moved.into_iter().rev() {
        let now = digest(&client, &tag).await?;
        match before {
            Some(before) if now.as_ref() != Some(&before) => {
                restore(&client, &tag, before).await.context(|| format!("tag {tag} has moved"))?;
                report::info(format_args!("tag {tag}: moved back"));
            }
            None if now.is_some() => {
                report::warn(format_args!("tag {tag} is new, names the whole image, and stays"));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn restore(client: &Client, tag: &Tag, before: Digest) -> Result<()> {
    let manifest = client.manifest(&Reference::Digest(before.clone())).await?;
    let manifest = manifest.ok_or_else(|| Error::new(format!("{before}, which it named, is gone")))?;
    client.put_manifest(&Reference::Tag(tag.clone()), &manifest.media_type, manifest.raw).await?;
    Ok(())
}
