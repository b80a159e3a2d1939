//! Changes to rendered objects, natively: what a small kustomization does, without kustomize.
//!
//! Helm runs a program between rendering and applying. That program is this very binary, with `post-render` as its
//! first argument and the changes in a file as its second.

mod apply;
mod changes;
mod flags;
mod kustomization;
mod strategic;

use std::io::{Read, Write};
use std::process::ExitCode;

use kit::{Context, Error, Result, report};

pub(crate) use flags::{flags, what_went_wrong};

/// The first argument that makes this binary a post-renderer.
pub const VERB: &str = "post-render";

/// Rendered releases are below etcd's megabyte when they are compressed.
const LARGEST_MANIFEST: u64 = 256 * 1024 * 1024;

/// Reads objects from stdin, changes them as the file at `changes` says, and writes them to stdout.
pub fn run(changes: &str) -> ExitCode {
    match filter(changes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Helm 4 keeps what its plugins say to itself; the put reads it here.
            let _ = std::fs::write(error_file(changes), error.to_string());
            report::error(&error.context("post-rendering failed"));
            ExitCode::FAILURE
        }
    }
}

/// Where a post-renderer leaves what went wrong.
fn error_file(changes: &str) -> String {
    format!("{changes}.error")
}

fn filter(changes: &str) -> Result<()> {
    let text = std::fs::read(changes).context(|| format!("cannot read `{changes}`"))?;
    let changes =
        serde_json::from_slice(&text).map_err(|_| Error::new(format!("`{changes}` can't be read")))?;
    let mut manifest = String::new();
    std::io::stdin().lock().take(LARGEST_MANIFEST).read_to_string(&mut manifest)?;
    let rendered = apply::to_manifest(&manifest, &changes)?;
    std::io::stdout().lock().write_all(rendered.as_bytes())?;
    Ok(())
}
