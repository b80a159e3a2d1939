//! The chart as a release stores it, packed as a chart archive again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use kit::{Context, Error, Result};
use serde_json::Value;
use tar::{Builder, Header};

use crate::release::Chart;
use crate::yaml;

/// What the archive says of itself: Helm does not store subcharts.
const INCOMPLETE: &str = "This chart was taken from a release, which stores it without its subcharts.\n\
                          `helm dependency build` fetches them again, by Chart.lock.\n";

/// Packs a stored chart. Equal charts give equal bytes.
pub(super) fn chart(chart: &Chart, release: &str) -> Result<Vec<u8>> {
    let folder = if is_plain(&chart.metadata.name) { chart.metadata.name.as_str() } else { "chart" };
    let doing = || format!("cannot pack the chart of release `{release}`");
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    let mut add = |name: &str, content: &[u8]| {
        if !name.split('/').all(is_plain) {
            return Err(Error::new(format!("`{name}` is no name for a file of a chart")).context(doing()));
        }
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{folder}/{name}"), content).context(doing)
    };
    add("Chart.yaml", yaml::to_text(&chart.raw_metadata)?.as_bytes())?;
    if !chart.lock.is_null() {
        add("Chart.lock", yaml::to_text(&chart.lock)?.as_bytes())?;
    }
    add("values.yaml", yaml::to_text(&Value::Object(chart.values.clone()))?.as_bytes())?;
    if let Some(schema) = &chart.schema {
        add("values.schema.json", &decode(schema).context(doing)?)?;
    }
    if chart.raw_metadata.get("dependencies").and_then(Value::as_array).is_some_and(|all| !all.is_empty()) {
        add("SUBCHARTS-MISSING.txt", INCOMPLETE.as_bytes())?;
    }
    for file in chart.templates.iter().chain(&chart.files) {
        // Some Helm versions repeat these among the files.
        if !matches!(file.name.as_str(), "Chart.yaml" | "Chart.lock" | "values.yaml" | "values.schema.json") {
            add(&file.name, &decode(&file.data).context(doing)?)?;
        }
    }
    archive.into_inner().and_then(GzEncoder::finish).context(doing)
}

fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0'])
}

fn decode(text: &str) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|_| Error::new("a file in it is not base64"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::release::{ChartMetadata, Template};

    fn sample(file: &str) -> Chart {
        Chart {
            metadata: ChartMetadata { name: "app".into(), ..ChartMetadata::default() },
            raw_metadata: json!({"name": "app", "version": "1.0.0", "dependencies": [{"name": "db"}]}),
            templates: vec![Template { name: file.into(), data: STANDARD.encode("kind: Pod") }],
            ..Chart::default()
        }
    }

    #[test]
    fn a_stored_chart_is_an_archive_again_that_says_what_it_lacks() {
        let packed = chart(&sample("templates/pod.yaml"), "web").unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
        let names: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        assert_eq!(
            names,
            ["app/Chart.yaml", "app/values.yaml", "app/SUBCHARTS-MISSING.txt", "app/templates/pod.yaml"]
        );
    }

    #[test]
    fn names_that_leave_the_chart_are_refused() {
        assert!(chart(&sample("../../etc/passwd"), "web").is_err());
    }
}
