//! Writes an assembled image to disk: an OCI layout, as a folder or as a tarball.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use kit::{Context, Destination, Error, Result};
use oci_registry::{Digest, Manifest, Verifier, media_type};
use serde_json::json;

use super::Assembled;
use crate::put::content::Content;
use crate::put::payload::Payload;

const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// A file of a layout.
struct Member {
    name: String,
    size: u64,
    /// What the bytes must be, where they come from elsewhere.
    digest: Option<Digest>,
    content: Content,
}

impl Assembled {
    /// Returns the digest of the image or index.
    pub fn digest(&self) -> &Digest {
        &self.payload.top.digest
    }

    /// Writes an OCI layout to `path`, where nothing may be: a tarball if the name ends in `.tar`, else a folder. It
    /// appears when it is whole.
    ///
    /// # Errors
    /// When something is there already, or a blob can't be read or written.
    pub async fn write(self, path: &Path) -> Result<()> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Error::new(format!("`{}` has no name to write to", path.display())))?;
        if path.symlink_metadata().is_ok() {
            return Err(Error::new(format!("`{}` is there already", path.display()))
                .hint("remove it, or name another"));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // Held here and not where it is written: who drops this future has it removed.
        let staged = Destination::open(folder.unwrap_or(Path::new(".")))?.stage(name)?;
        let (partial, is_tarball) = (staged.path().to_owned(), name.ends_with(".tar"));
        let written = tokio::task::spawn_blocking(move || write(&self.payload, &partial, is_tarball)).await;
        written.context(|| "cannot write the image".into())??;
        staged.commit()
    }

    pub(in crate::put) fn into_payload(self) -> Payload {
        self.payload
    }
}

fn write(payload: &Payload, path: &Path, is_tarball: bool) -> Result<()> {
    let members = members(payload);
    if !is_tarball {
        return write_folder(&members, path);
    }
    let file = File::create_new(path).context(|| format!("cannot create `{}`", path.display()))?;
    write_tarball(&members, file)
}

fn members(payload: &Payload) -> Vec<Member> {
    let index = index(&payload.top);
    let small = |name: &str, bytes: Vec<u8>| Member {
        name: name.into(),
        size: bytes.len() as u64,
        digest: None,
        content: Content::Bytes(bytes.into()),
    };
    let mut members = vec![small("oci-layout", LAYOUT.to_vec()), small("index.json", index)];
    members.extend(
        payload.manifests().map(|manifest| small(&blob_name(&manifest.digest), manifest.raw.to_vec())),
    );
    members.extend(payload.blobs.iter().map(|blob| Member {
        name: blob_name(&blob.descriptor.digest),
        size: blob.descriptor.size,
        digest: Some(blob.descriptor.digest.clone()),
        content: blob.content.clone(),
    }));
    members
}

fn index(top: &Manifest) -> Vec<u8> {
    let entry = json!({"mediaType": top.media_type, "digest": top.digest, "size": top.raw.len()});
    let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [entry]});
    index.to_string().into_bytes()
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

fn write_folder(members: &[Member], root: &Path) -> Result<()> {
    for member in members {
        let path = root.join(&member.name);
        let problem = || format!("cannot write `{}`", member.name);
        fs::create_dir_all(path.parent().unwrap_or(root)).context(problem)?;
        let mut file = File::create_new(&path).context(problem)?;
        io::copy(&mut member.open()?, &mut file).context(problem)?;
    }
    Ok(())
}

fn write_tarball(members: &[Member], file: File) -> Result<()> {
    let mut tarball = tar::Builder::new(io::BufWriter::new(file));
    for member in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(member.size);
        header.set_mode(0o644);
        header.set_mtime(0);
        let written = tarball.append_data(&mut header, &member.name, member.open()?);
        written.context(|| format!("cannot write `{}`", member.name))?;
    }
    let problem = || "cannot write the end of the tarball".into();
    tarball.into_inner().context(problem)?.flush().context(problem)
}

impl Member {
    fn open(&self) -> Result<Verified> {
        let reader = self.content.open(0).context(|| format!("cannot read `{}`", self.name))?;
        Ok(Verified { reader, left: self.size, verifier: self.digest.as_ref().map(Digest::verifier) })
    }
}

/// Reads what has a size and a digest; something else is an error instead of an end.
struct Verified {
    reader: Box<dyn Read + Send>,
    left: u64,
    verifier: Option<Verifier>,
}

impl Read for Verified {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if count as u64 > self.left || (count == 0 && self.left > 0 && !buffer.is_empty()) {
            return Err(io::Error::other("the content has another size than was announced"));
        }
        self.left -= count as u64;
        match (&mut self.verifier, count) {
            (Some(verifier), 1..) => verifier.update(&buffer[..count]),
            _ if count == 0 && !buffer.is_empty() => {
                self.verifier.take().map_or(Ok(()), Verifier::finish).map_err(io::Error::other)?;
            }
            _ => {}
        }
        Ok(count)
    }
}
