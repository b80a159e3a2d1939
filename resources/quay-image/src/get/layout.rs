//! `format: oci-layout`: everything, byte for byte, so that a put of it gives the same digest.
//! <https://github.com/opencontainers/image-spec/blob/main/image-layout.md>

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use futures_util::{TryStreamExt as _, stream};
use kit::report::{Progress, Unit};
use kit::{Context as _, Destination, Error, Result};
use oci_registry::{Client, Content, Descriptor, Digest, Manifest, Reference, Tag};
use serde_json::{Value, json};

/// Indexes in indexes, and referrers of referrers.
const DEEPEST: usize = 8;
/// Blobs that are fetched at once.
const AT_ONCE: usize = 4;
/// How the tags end at which cosign keeps signatures, attestations and bills of materials of a digest.
const TAGGED: [&str; 3] = ["sig", "att", "sbom"];
/// The annotation with the tag of a manifest, in a layout's list.
const NAME: &str = "org.opencontainers.image.ref.name";
const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

/// Writes `oci/`, which appears when it is whole: `index.json` names the image or index itself, `single-image-digest`
/// says so where it is one image, and `referrers.json` lists what refers to it (signatures, attestations),
/// with the tag where it stands at one.
pub(super) async fn write(client: &Client, top: &Manifest, into: &Destination) -> Result<()> {
    let staged = into.stage("oci")?;
    let mut layout =
        Layout { client, root: staged.path().to_owned(), manifests: BTreeSet::new(), blobs: Vec::new() };
    layout.add(top, DEEPEST).await?;
    let referrers = layout.add_referrers(DEEPEST).await?;
    layout.file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    layout.file("index.json", index(&[&top.descriptor()]).as_bytes())?;
    if !matches!(top.content, Content::Index(_)) {
        layout.file("single-image-digest", top.digest.as_str().as_bytes())?;
    }
    if !referrers.is_empty() {
        layout.file("referrers.json", index(&referrers.iter().collect::<Vec<_>>()).as_bytes())?;
    }
    layout.fetch_blobs().await?;
    staged.commit()
}

struct Layout<'a> {
    client: &'a Client,
    root: PathBuf,
    manifests: BTreeSet<String>,
    blobs: Vec<Descriptor>,
}

impl Layout<'_> {
    /// Adds a manifest, and the manifests in it.
    async fn add(&mut self, manifest: &Manifest, depth: usize) -> Result<()> {
        if !self.manifests.insert(manifest.digest.to_string()) {
            return Ok(());
        }
        self.file(&blob_path(&manifest.digest), &manifest.raw)?;
        match &manifest.content {
            Content::Index(_) if depth == 0 => {
                return Err(Error::new(format!("its indexes lie more than {DEEPEST} deep")));
            }
            Content::Index(index) => {
                for entry in &index.manifests {
                    let child = self.manifest(&entry.digest).await?;
                    Box::pin(self.add(&child, depth - 1)).await?;
                }
            }
            Content::Image(image) | Content::Artifact(image) => {
                for blob in std::iter::once(&image.config).chain(&image.layers) {
                    let foreign = blob.media_type.contains(".foreign.")
                        || blob.media_type.contains(".nondistributable.");
                    if !foreign && !self.blobs.iter().any(|known| known.digest == blob.digest) {
                        self.blobs.push(blob.clone());
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds what refers to the manifests, and to that.
    async fn add_referrers(&mut self, depth: usize) -> Result<Vec<Descriptor>> {
        let mut found = Vec::new();
        let mut open: Vec<String> = self.manifests.iter().cloned().collect();
        for _ in 0..depth {
            let client = self.client;
            let asked = stream::iter(open.drain(..).map(Ok::<_, Error>));
            let asked = asked.map_ok(async |digest| referring(client, &digest.parse()?).await);
            let referrers: Vec<Vec<Descriptor>> = asked.try_buffered(AT_ONCE).try_collect().await?;
            for referrer in referrers.into_iter().flatten() {
                if !self.manifests.contains(referrer.digest.as_str()) {
                    let manifest = self.manifest(&referrer.digest).await?;
                    self.add(&manifest, DEEPEST).await?;
                    open.push(referrer.digest.to_string());
                    found.push(Descriptor { media_type: manifest.media_type, ..referrer });
                }
            }
        }
        Ok(found)
    }

    async fn manifest(&self, digest: &Digest) -> Result<Manifest> {
        let manifest = self.client.manifest(&Reference::Digest(digest.clone())).await?;
        manifest.ok_or_else(|| {
            Error::new(format!("the index names {digest}, which is not in `{}`", self.client.repository()))
                .hint("the registry has lost a part of it; push it again")
        })
    }

    async fn fetch_blobs(&self) -> Result<()> {
        let total = self.blobs.iter().map(|blob| blob.size).sum();
        let progress = Progress::new("fetching blobs", Unit::Bytes, total);
        stream::iter(self.blobs.iter().map(Ok::<_, Error>))
            .try_for_each_concurrent(AT_ONCE, |blob| self.fetch(blob, &progress))
            .await?;
        progress.finish();
        Ok(())
    }

    async fn fetch(&self, descriptor: &Descriptor, progress: &Progress) -> Result<()> {
        let path = self.path(&blob_path(&descriptor.digest))?;
        let problem = || format!("cannot write `{}`", path.display());
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).context(problem)?;
        let mut blob = self.client.blob(descriptor).verified();
        while let Some(piece) = blob.chunk().await? {
            file.write_all(&piece).context(problem)?;
            progress.add(piece.len() as u64);
        }
        Ok(())
    }

    fn file(&self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.path(name)?;
        fs::write(&path, content).context(|| format!("cannot write `{}`", path.display()))
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        let path = self.root.join(name);
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).context(|| format!("cannot make `{}`", folder.display()))?;
        Ok(path)
    }
}

/// Returns what the registry lists as referring to a digest, and what stands at cosign's tags for it.
async fn referring(client: &Client, digest: &Digest) -> Result<Vec<Descriptor>> {
    let mut found = client.referrers(digest, None).await?;
    for kind in TAGGED {
        let Ok(tag) = format!("{}-{}.{kind}", digest.algorithm(), digest.hex()).parse::<Tag>() else {
            continue;
        };
        if let Some(mut tagged) = client.head(&Reference::Tag(tag.clone())).await? {
            tagged.annotations.insert(NAME.into(), tag.to_string());
            found.push(tagged);
        }
    }
    Ok(found)
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

fn index(manifests: &[&Descriptor]) -> String {
    let entries: Vec<Value> = manifests.iter().map(|descriptor| entry(descriptor)).collect();
    json!({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries}).to_string()
}

fn entry(descriptor: &Descriptor) -> Value {
    let mut entry = json!({
        "mediaType": descriptor.media_type, "digest": descriptor.digest.as_str(), "size": descriptor.size,
    });
    if let Some(kind) = &descriptor.artifact_type {
        entry["artifactType"] = json!(kind);
    }
    if let Some(tag) = descriptor.annotations.get(NAME) {
        entry["annotations"] = json!({NAME: tag});
    }
    entry
}
