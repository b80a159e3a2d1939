//! What a step shows of a revision beside its version.

use kit::Metadata;
use ring::digest;
use serde_json::Value;

use crate::manifest::{Mask, objects};
use crate::release::Record;

/// The metadata of a revision. The names are an interface: pipelines read them as local variables.
///
/// The digests are of what is masked already: metadata is public, and a plain digest of a short secret tells it to
/// whoever tries all of them.
pub fn of(record: &Record, mask: &Mask) -> Metadata {
    let chart = &record.chart.metadata;
    let values = mask.values(&Value::Object(record.config.clone()));
    let rendered = objects(&record.manifest).unwrap_or_default();
    let rendered: Vec<String> = rendered.iter().map(|object| sorted(&mask.object(object).value)).collect();
    Metadata::new()
        .with("release", &record.name)
        .with("revision", record.revision.to_string())
        .with("chart", format!("{}-{}", chart.name, chart.version))
        .with("status", record.info.status().as_str())
        .with("namespace", &record.namespace)
        .with("chart_version", &chart.version)
        .with("app_version", &chart.app_version)
        .with("values_digest", sha256(sorted(&values).as_bytes()))
        .with("manifest_digest", sha256(rendered.join("\n").as_bytes()))
        .with("first_deployed", &record.info.first_deployed)
        .with("last_deployed", &record.info.last_deployed)
        .with("description", &record.info.description)
}

/// The same values give the same text, in whatever order their keys came.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut pairs: Vec<(&String, &Value)> = fields.iter().collect();
            pairs.sort_by_key(|(name, _)| name.as_str());
            let pairs = pairs
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), sorted(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

fn sha256(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
