//! Which chart is meant, and how Helm is told.

use std::path::{Path, PathBuf};

use kit::{Context, Error, Result, report};

use super::work::Work;
use super::{cosign, dependencies};
use crate::helm::{self, RegistryFlags};
use crate::source::Repository;

/// Helm's retired first repository, which the name `stable` still stands for.
const STABLE: &str = "https://charts.helm.sh/stable";

/// A chart that Helm can be given.
#[derive(Debug)]
pub(super) struct Chart {
    /// What stands for it on the command line.
    pub(super) reference: String,
    /// Its flags: version, registry, verification.
    pub(super) flags: Vec<String>,
    /// Its folder, where it is one.
    pub(super) folder: Option<PathBuf>,
}

/// Where a chart comes from.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Url(&'a str),
    Registry(&'a str),
    Input(&'a str),
    Repository { repository: &'a str, chart: &'a str },
}

impl Chart {
    /// Finds the chart that the params name, with its repository's index or its dependencies fetched where needed.
    ///
    /// # Errors
    /// When nothing of that name is there.
    pub(super) async fn find(work: &Work<'_>) -> Result<Self> {
        let name = work.params.chart.as_deref().unwrap_or_default();
        let is_input = work.inputs.resolve(name.trim_end_matches('/')).is_ok();
        match place(name, is_input) {
            Place::Url(url) => Ok(Self { reference: url.into(), flags: flags(work, false)?, folder: None }),
            Place::Registry(reference) => in_registry(work, reference).await,
            Place::Input(pattern) => in_inputs(work, pattern).await,
            Place::Repository { repository, chart } => in_repository(work, repository, chart).await,
        }
    }

    /// Returns the name that Helm would generate a release's name from.
    pub(super) fn base_name(&self) -> String {
        let last = self.reference.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let last = last.split(['@', ':']).next().unwrap_or_default().trim_end_matches(".tgz");
        let name: String = last
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
            .collect();
        name.trim_matches('-').chars().take(40).collect()
    }
}

fn place(name: &str, is_input: bool) -> Place<'_> {
    if name.starts_with("oci://") {
        return Place::Registry(name);
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        return Place::Url(name);
    }
    if is_input || name.contains(['*', '?', '[']) || name.ends_with(".tgz") || name.starts_with('.') {
        return Place::Input(name);
    }
    match name.split_once('/') {
        Some((repository, chart)) => Place::Repository { repository, chart },
        None => Place::Input(name),
    }
}

/// Returns the flags that are the same for all places but those where a version has no meaning.
fn flags(work: &Work<'_>, versioned: bool) -> Result<Vec<String>> {
    let mut flags = Vec::new();
    let version = work.text(work.params.version.as_ref())?;
    match version {
        Some(version) if versioned => flags.extend(["--version".into(), version.trim().to_owned()]),
        Some(version) => {
            report::warn(format!("`version: {version}` has no effect: the chart is named as it is"))
        }
        None => {}
    }
    if work.params.devel.get() {
        flags.push("--devel".into());
    }
    if let Some(keyring) = work.params.verify.as_ref().and_then(|verify| verify.keyring.as_ref()) {
        let keyring =
            work.inputs.resolve(keyring).context(|| "`params.verify.keyring` can't be read".into())?;
        let keyring = work.helm.home().link("keyring.gpg", &keyring)?;
        flags.extend(["--verify".into(), "--keyring".into(), keyring.display().to_string()]);
    }
    Ok(flags)
}

async fn in_registry(work: &Work<'_>, reference: &str) -> Result<Chart> {
    let host = reference.trim_start_matches("oci://").split('/').next().unwrap_or_default();
    let signed_by = work.params.verify.as_ref().and_then(|verify| verify.cosign.as_ref());
    // What was verified is what is installed: from here on the digest counts, whatever the tag becomes.
    let (reference, by_digest) = match signed_by {
        Some(signer) => (cosign::verified(work, reference, signer).await?, true),
        None => (reference.to_owned(), reference.contains('@')),
    };
    let mut all = if signed_by.is_some() { Vec::new() } else { flags(work, !by_digest)? };
    all.extend_from_slice(RegistryFlags::of(host, &work.registries, work.helm.home())?.arguments());
    Ok(Chart { reference, flags: all, folder: None })
}

async fn in_inputs(work: &Work<'_>, pattern: &str) -> Result<Chart> {
    if work.params.verify.as_ref().is_some_and(|verify| verify.cosign.is_some()) {
        return Err(Error::new("`params.verify.cosign` is for charts of a registry (`oci://…`)")
            .hint("an archive is verified by `verify.keyring`, with its .prov file beside it"));
    }
    let path = work.inputs.glob_one(pattern.trim_start_matches("./").trim_end_matches('/'));
    let path = path.context(|| format!("the chart `{pattern}` is not there"))?;
    let folder = path.is_dir().then(|| path.clone());
    if let Some(folder) = &folder {
        check_folder(folder, pattern)?;
        dependencies::fetch(work, folder).await?;
    }
    Ok(Chart { reference: path.display().to_string(), flags: flags(work, false)?, folder })
}

fn check_folder(folder: &Path, pattern: &str) -> Result<()> {
    if folder.join("Chart.yaml").is_file() {
        return Ok(());
    }
    Err(Error::new(format!("`{pattern}` is no chart: it has no Chart.yaml"))
        .hint("name the folder that Chart.yaml is in"))
}

async fn in_repository(work: &Work<'_>, name: &str, chart: &str) -> Result<Chart> {
    let mut repositories = work.step.source.repos.clone();
    if name == "stable" && !repositories.iter().any(|repository| repository.name == name) {
        repositories.push(stable(work)?);
    }
    let Some(repository) = repositories.iter().find(|repository| repository.name == name) else {
        let known: Vec<&str> = repositories.iter().map(|repository| repository.name.as_str()).collect();
        let known = if known.is_empty() { "none".into() } else { known.join(", ") };
        return Err(Error::new(format!("`{name}/{chart}` is neither in the inputs nor in a repository"))
            .hint(format!(
                "the repositories of `source.repos` are: {known}; a chart of a registry is `oci://…`"
            )));
    };
    if repository.url.starts_with("oci://") {
        let reference = format!("{}/{chart}", repository.url.trim_end_matches('/'));
        return in_registry(work, &reference).await;
    }
    helm::write_repositories(work.helm.home(), &repositories)?;
    let update = ["repo".to_owned(), "update".into(), name.into()];
    work.helm
        .must(&format!("fetch the index of the repository `{name}` ({})", shown(repository)), &update)
        .await?;
    Ok(Chart { reference: format!("{name}/{chart}"), flags: flags(work, true)?, folder: None })
}

fn shown(repository: &Repository) -> String {
    kit::http::Url::parse(&repository.url)
        .map_or_else(|_| "its URL can't be read".into(), |url| kit::http::shown(&url))
}

fn stable(work: &Work<'_>) -> Result<Repository> {
    let named = work.step.source.stable_repo.as_ref().map(kit::Text::as_str).filter(|url| !url.is_empty());
    match named {
        Some("false") => Err(Error::new("the chart is `stable/…`, and `source.stable_repo` is false")
            .hint("name the repository in `source.repos`")),
        named => {
            let url = named.filter(|url| *url != "true").unwrap_or(STABLE);
            let repository = serde_json::json!({"name": "stable", "url": url});
            Ok(serde_json::from_value(repository)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_s_place_is_told_from_its_name() {
        let cases = [
            ("oci://quay.io/charts/app", false, Place::Registry("oci://quay.io/charts/app")),
            ("https://charts/app-1.tgz", false, Place::Url("https://charts/app-1.tgz")),
            ("out/app-*.tgz", false, Place::Input("out/app-*.tgz")),
            ("out/app-1.tgz", false, Place::Input("out/app-1.tgz")),
            ("source/chart", true, Place::Input("source/chart")),
            ("bitnami/redis", false, Place::Repository { repository: "bitnami", chart: "redis" }),
            ("chart", false, Place::Input("chart")),
        ];
        for (name, is_input, expected) in cases {
            assert_eq!(place(name, is_input), expected);
        }
    }

    #[test]
    fn a_generated_name_comes_from_the_chart_s() {
        let base =
            |reference: &str| Chart { reference: reference.into(), flags: vec![], folder: None }.base_name();
        assert_eq!(base("oci://quay.io/charts/My_App@sha256:00"), "my-app");
        assert_eq!(base("/tmp/build/put/out/app-1.2.3.tgz"), "app-1-2-3");
        assert_eq!(base("bitnami/redis"), "redis");
    }
}
