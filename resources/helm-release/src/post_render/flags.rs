//! From the params of a put to the flags that make Helm run a post-renderer.

use std::fs;
use std::path::Path;

use kit::{Context, Error, Inputs, Result};

use super::changes::Changes;
use super::{VERB, error_file, kustomization};
use crate::helm::{Helm, PostRenderer, install};
use crate::params::{ImageOverride, PutParams};
use crate::values::repository_and_digest;

/// The file with the changes, in Helm's home.
const CHANGES: &str = "post-render.json";

/// Returns what our own post-renderer failed with, if it did.
pub(crate) fn what_went_wrong(helm: &Helm) -> Option<String> {
    let changes = helm.home().path(CHANGES).display().to_string();
    fs::read_to_string(error_file(&changes)).ok()
}

/// Returns the flags; none where nothing is to be changed.
pub(crate) fn flags(
    params: &PutParams,
    inputs: &Inputs,
    chart: Option<&Path>,
    helm: &Helm,
) -> Result<Vec<String>> {
    let renderer = match (&params.post_render, &params.post_renderer) {
        (Some(_), Some(_)) => {
            return Err(Error::new("`params.post_render` and `params.post_renderer` exclude each other"));
        }
        (None, None) => return Ok(Vec::new()),
        (None, Some(program)) => own_program(program, chart)?,
        (Some(wanted), None) => {
            let mut changes = match &wanted.kustomize {
                Some(folder) => kustomization::read(inputs, folder)?,
                None => Changes::default(),
            };
            changes.patches.extend(kustomization::patches(&wanted.patches, inputs, "")?);
            changes
                .labels
                .extend(wanted.common_labels.iter().map(|(name, value)| (name.clone(), value.to_string())));
            let annotations = wanted.common_annotations.iter();
            changes.annotations.extend(annotations.map(|(name, value)| (name.clone(), value.to_string())));
            for image in &wanted.images {
                changes.images.push(with_artifact(image, inputs)?);
            }
            let file = helm.home().write(CHANGES, serde_json::to_string(&changes)?)?;
            let program = std::env::current_exe().context(|| "cannot find this binary".into())?;
            PostRenderer { program, arguments: vec![VERB.into(), file.display().to_string()] }
        }
    };
    install(&renderer, helm.version(), helm.home())
}

/// An image whose name and digest an artifact tells.
fn with_artifact(image: &ImageOverride, inputs: &Inputs) -> Result<ImageOverride> {
    let Some(artifact) = &image.artifact else { return Ok(image.clone()) };
    let (repository, digest) = repository_and_digest(inputs, artifact)?;
    Ok(ImageOverride {
        name: image.name.clone(),
        new_name: image.new_name.clone().or(Some(repository)),
        new_tag: image.new_tag.clone(),
        digest: image.digest.clone().or(digest),
        artifact: None,
    })
}

/// The chart's own program. There is nothing here that could run a script.
fn own_program(program: &str, chart: Option<&Path>) -> Result<PostRenderer> {
    let folder = chart.ok_or_else(|| {
        Error::new("`params.post_renderer` names a program of the chart's folder, and the chart is no folder")
            .hint("use `post_render` with patches and images instead")
    })?;
    let root = folder.canonicalize().context(|| "cannot open the chart's folder".into())?;
    let path = folder.join(program).canonicalize().context(|| format!("the chart has no `{program}`"))?;
    if !path.starts_with(&root) {
        return Err(Error::new(format!(
            "`params.post_renderer` is `{program}`, which leads out of the chart"
        )));
    }
    let start = fs::read(&path).context(|| format!("cannot read `{program}`"))?;
    if start.starts_with(b"#!") {
        return Err(Error::new(format!("`{program}` is a script, and there is nothing here to run it with"))
            .hint("use `post_render` (patches, images, a kustomization), or a static program"));
    }
    Ok(PostRenderer { program: path, arguments: Vec::new() })
}
