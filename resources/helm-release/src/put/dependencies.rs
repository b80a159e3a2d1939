//! The dependencies of a chart in a folder.

use std::fs;
use std::path::Path;

use kit::{Context, Result, report};
use serde_json::Value;

use super::work::Work;
use crate::helm;
use crate::params::DependencyUpdate;
use crate::yaml;

/// Fetches dependencies into the chart's `charts/`, where that is wanted.
pub(super) async fn fetch(work: &Work<'_>, folder: &Path) -> Result<()> {
    let chart = fs::read_to_string(folder.join("Chart.yaml"));
    let chart = yaml::parse(&chart.context(|| "cannot read the chart's Chart.yaml".into())?);
    let chart = chart.context(|| "the chart's Chart.yaml can't be used".into())?;
    let dependencies = chart.get("dependencies").and_then(Value::as_array).cloned().unwrap_or_default();
    let missing: Vec<&str> =
        dependencies.iter().filter_map(name).filter(|name| !is_there(folder, name)).collect();
    let wanted = match work.params.dependency_update {
        DependencyUpdate::Auto => !missing.is_empty(),
        DependencyUpdate::Always => !dependencies.is_empty(),
        DependencyUpdate::Never => false,
    };
    if !wanted {
        return Ok(());
    }
    helm::write_repositories(work.helm.home(), &work.step.source.repos)?;
    let locked =
        folder.join("Chart.lock").is_file() && work.params.dependency_update == DependencyUpdate::Auto;
    let verb = if locked { "build" } else { "update" };
    report::info(format!("fetching the chart's dependencies: {}", missing.join(", ")));
    let arguments = ["dependency".to_owned(), verb.into(), folder.display().to_string()];
    work.helm.must("fetch the chart's dependencies", &arguments).await.map(drop)
}

fn name(dependency: &Value) -> Option<&str> {
    dependency.get("name")?.as_str()
}

/// A dependency is a folder or an archive named after it and its version.
fn is_there(folder: &Path, name: &str) -> bool {
    let charts = folder.join("charts");
    if charts.join(name).is_dir() {
        return true;
    }
    let files = fs::read_dir(charts).into_iter().flatten().flatten();
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    names.into_iter().any(|file| {
        let version = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        file.ends_with(".tgz") && version.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_there_as_folder_or_archive() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("charts/cache")).unwrap();
        fs::write(folder.path().join("charts/redis-cluster-1.0.0.tgz"), "").unwrap();
        assert!(is_there(folder.path(), "cache"));
        assert!(is_there(folder.path(), "redis-cluster"));
        assert!(!is_there(folder.path(), "redis"), "the name of another begins with it");
    }
}
