//! The large image of the benchmarks: 3 gzip layers, about 570 MB compressed, 1.8 GB, 97,024 entries.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const LAYERS: u64 = 3;
const FOLDERS_IN_A_LAYER: u64 = 1_341;
/// With the folders, 32,341 entries in a layer and one more at the top: 97,024 in all.
const FILES_IN_A_LAYER: u64 = 31_000;
/// Sizes are spread as in a Debian image: many small files, few large ones.
const SIZES: [usize; 8] = [300, 900, 1_500, 3_000, 6_000, 12_000, 30_000, 101_000];

/// Returns the folder of the image as an OCI layout, tagged `large`, making it in `cache` at first use.
///
/// # Errors
/// When it can't be written.
pub(crate) fn layout(cache: &Path) -> io::Result<PathBuf> {
    let folder = cache.join("large-image-1");
    if folder.is_dir() {
        return Ok(folder);
    }
    let partial = cache.join(format!("large-image-1.{}", std::process::id()));
    fs::create_dir_all(partial.join("blobs/sha256"))?;
    let layers = (0..LAYERS).map(|number| layer(&partial, number)).collect::<io::Result<Vec<_>>>()?;
    let config = json!({
        "created": "1970-01-01T00:00:01Z", "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": layers.iter().map(|layer| &layer.diff_id).collect::<Vec<_>>()},
    });
    let config = blob(&partial, "application/vnd.oci.image.config.v1+json", config.to_string().as_bytes())?;
    let manifest_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({
        "schemaVersion": 2, "mediaType": manifest_type, "config": config,
        "layers": layers.iter().map(|layer| &layer.descriptor).collect::<Vec<_>>(),
    });
    let mut manifest = blob(&partial, manifest_type, manifest.to_string().as_bytes())?;
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": "large"});
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    fs::write(partial.join("index.json"), index.to_string())?;
    fs::write(partial.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    fs::rename(&partial, &folder)?;
    Ok(folder)
}

struct Layer {
    descriptor: Value,
    diff_id: String,
}

fn layer(folder: &Path, number: u64) -> io::Result<Layer> {
    let path = folder.join(format!("layer-{number}"));
    let compressed = Hashed::new(BufWriter::new(File::create(&path)?));
    let plain = Hashed::new(GzEncoder::new(compressed, Compression::default()));
    let mut archive = tar::Builder::new(plain);
    for directory in 0..FOLDERS_IN_A_LAYER {
        add(
            &mut archive,
            tar::EntryType::Directory,
            &format!("usr/layer-{number}/folder-{directory}/"),
            &[],
        )?;
    }
    if number == 0 {
        add(&mut archive, tar::EntryType::Symlink, "bin", &[])?;
    }
    for file in 0..FILES_IN_A_LAYER {
        let seed = number * FILES_IN_A_LAYER + file;
        let size = SIZES[usize::try_from(seed).unwrap_or_default() % SIZES.len()];
        let name = format!("usr/layer-{number}/folder-{}/file-{file}", file % FOLDERS_IN_A_LAYER);
        add(&mut archive, tar::EntryType::Regular, &name, &content(seed, size))?;
    }
    let (encoder, diff_id, _) = archive.into_inner()?.finish();
    let (mut file, digest, size) = encoder.finish()?.finish();
    file.flush()?;
    fs::rename(path, folder.join("blobs/sha256").join(&digest))?;
    let media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    let descriptor = json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": size});
    Ok(Layer { descriptor, diff_id: format!("sha256:{diff_id}") })
}

/// Shrinks to a third, as a real image's programs and texts do: a thirteenth is noise, the rest prose that comes three
/// times, near enough for gzip to see it.
fn content(seed: u64, size: usize) -> Vec<u8> {
    const NEAR: usize = 8 * 1024;
    let mut bytes = stack::image::noise(seed, size / 13);
    let prose = stack::image::prose(seed, (size - bytes.len()) / 3);
    for piece in prose.chunks(NEAR) {
        bytes.extend_from_slice(&piece.repeat(3));
    }
    bytes
}

fn add(
    archive: &mut tar::Builder<impl Write>,
    kind: tar::EntryType,
    name: &str,
    content: &[u8],
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(if kind == tar::EntryType::Regular { 0o644 } else { 0o755 });
    header.set_mtime(1);
    header.set_size(content.len() as u64);
    if kind == tar::EntryType::Symlink {
        return archive.append_link(&mut header, name, "usr");
    }
    archive.append_data(&mut header, name, content)
}

fn blob(folder: &Path, media_type: &str, bytes: &[u8]) -> io::Result<Value> {
    let digest = hex(&Sha256::digest(bytes));
    fs::write(folder.join("blobs/sha256").join(&digest), bytes)?;
    Ok(json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len()}))
}

/// Counts and hashes what passes.
struct Hashed<W> {
    inner: W,
    hasher: Sha256,
    size: u64,
}

impl<W: Write> Hashed<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), size: 0 }
    }

    fn finish(self) -> (W, String, u64) {
        (self.inner, hex(&self.hasher.finalize()), self.size)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
