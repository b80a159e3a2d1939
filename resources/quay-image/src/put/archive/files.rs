//! The files of an image, in a folder or in a tarball alike.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use kit::{Context, Error, Result};

use super::tarball::Tarball;
use crate::put::content::{Content, Section};

/// The files of an image.
#[derive(Debug)]
pub(super) enum Files {
    /// In a folder. Links in it must stay below `within`, the folder of all inputs.
    Folder {
        /// The folder.
        path: PathBuf,
        /// What no link may leave.
        within: PathBuf,
    },
    /// In a tarball.
    Tarball(Tarball),
}

/// A file of an image, not yet read.
#[derive(Clone, Debug)]
pub(super) struct ImageFile {
    /// Its name within the image.
    pub(super) name: String,
    /// Its length in bytes.
    pub(super) length: u64,
    /// Its bytes.
    pub(super) content: Content,
}

impl Files {
    /// Finds a file.
    ///
    /// # Errors
    /// When it leads out of the inputs, or is no file.
    pub(super) fn find(&self, name: &str) -> Result<Option<ImageFile>> {
        let section = match self {
            Self::Tarball(tarball) => tarball.find(name)?,
            Self::Folder { path, within } => in_folder(&path.join(name), within)?,
        };
        let found = section.map(|section| ImageFile {
            name: name.to_owned(),
            length: section.length,
            content: Content::Section(section),
        });
        Ok(found)
    }

    /// Finds a file that must be there.
    ///
    /// # Errors
    /// When it isn't, or as [`Files::find`].
    pub(super) fn get(&self, name: &str) -> Result<ImageFile> {
        self.find(name)?.ok_or_else(|| {
            Error::new(format!("it names `{name}`, which isn't in it"))
                .hint("the image is cut off: was its building or copying stopped?")
        })
    }
}

impl ImageFile {
    /// Reads the file.
    ///
    /// # Errors
    /// When it has more than `limit` bytes, or fewer than it should.
    pub(super) fn read(&self, limit: u64) -> Result<Bytes> {
        if self.length > limit {
            return Err(Error::new(format!("`{}` has more than {limit} bytes", self.name)));
        }
        let mut bytes = Vec::new();
        let problem = || format!("cannot read `{}`", self.name);
        self.content.open(0).context(problem)?.read_to_end(&mut bytes).context(problem)?;
        if bytes.len() as u64 != self.length {
            return Err(Error::new(format!("`{}` is cut off", self.name)));
        }
        Ok(bytes.into())
    }
}

fn in_folder(path: &Path, within: &Path) -> Result<Option<Section>> {
    let Ok(resolved) = path.canonicalize() else { return Ok(None) };
    if !resolved.starts_with(within) {
        return Err(Error::new(format!("`{}` leads out of the inputs", path.display())));
    }
    let metadata = fs::metadata(&resolved).context(|| format!("cannot read `{}`", path.display()))?;
    if !metadata.is_file() {
        return Ok(None);
    }
    Ok(Some(Section::whole(resolved, metadata.len())))
}
