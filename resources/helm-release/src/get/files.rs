//! The files of a get.

use kit::{Context, Destination, Result};
use serde_json::{Value, json};

use super::archive;
use crate::diff;
use crate::drift::Drift;
use crate::manifest::{Mask, Object, images, objects};
use crate::params::GetParams;
use crate::release::Record;
use crate::source::Source;
use crate::values;
use crate::wait::Survey;
use crate::yaml;

/// Writes one record's files, masked unless that is not wanted.
pub(super) struct Writer<'a> {
    into: &'a Destination,
    record: &'a Record,
    objects: Vec<Object>,
    hooks: Vec<Object>,
    mask: Mask,
    show: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        into: &'a Destination,
        source: &'a Source,
        params: &'a GetParams,
        record: &'a Record,
    ) -> Result<Self> {
        let damaged = |what: &str| format!("{what} of release `{}` can't be read", record.name);
        let rendered = objects(&record.manifest).context(|| damaged("the manifest"))?;
        let mut hooks = Vec::new();
        for hook in &record.hooks {
            hooks.extend(objects(&hook.manifest).context(|| damaged("a hook"))?);
        }
        let mut mask = Mask::new(source.mask.iter().chain(&params.mask).map(String::as_str));
        mask.learn_objects(&rendered);
        mask.learn_objects(&hooks);
        mask.learn_values(&Value::Object(record.config.clone()));
        Ok(Self { into, record, objects: rendered, hooks, mask, show: params.show_secrets.get() })
    }

    /// The objects that the release is made of, without hooks.
    pub(super) fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// What is not shown.
    pub(super) fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Writes everything that the record alone tells.
    pub(super) fn write_record(&self) -> Result<()> {
        let record = self.record;
        let config = Value::Object(record.config.clone());
        let computed = values::coalesce(&record.chart.values, &record.config);
        self.write("release.json", format!("{:#}\n", self.release()))?;
        self.write("values.yaml", yaml::to_text(&self.values(&config))?)?;
        self.write("values-all.yaml", yaml::to_text(&self.values(&computed))?)?;
        self.write("manifest.yaml", self.manifest(&self.objects)?)?;
        self.write("hooks.yaml", self.manifest(&self.hooks)?)?;
        self.write("notes.txt", self.text(&record.info.notes))?;
        let images = images(self.objects.iter().chain(&self.hooks));
        self.write("images.txt", images.iter().map(|image| format!("{image}\n")).collect::<String>())?;
        self.write("revision", record.revision.to_string())?;
        self.write("chart_version", &record.chart.metadata.version)?;
        self.write("app_version", &record.chart.metadata.app_version)?;
        self.write("chart.tgz", archive::chart(&record.chart, record.name.as_str())?)
    }

    /// Writes what the revision changed against the one before.
    pub(super) fn write_difference(&self, previous: Option<&Record>) -> Result<()> {
        let Some(previous) = previous else { return Ok(()) };
        let before = objects(&previous.manifest)?;
        let mut mask = self.mask.clone();
        mask.learn_objects(&before);
        let difference = diff::Difference::between(&before, &self.objects);
        // Never as they are: the mask also keeps apart what changed and what did not.
        self.write("diff.patch", difference.text(&mask, diff::Context::default()))
    }

    /// Writes what each object has come to.
    pub(super) fn write_status(&self, survey: &[Survey]) -> Result<()> {
        let ready = survey.iter().all(|survey| survey.readiness.is_ready());
        let lines: Vec<_> = survey.iter().map(Survey::line).collect();
        let status = json!({"status": self.record.info.status().as_str(), "ready": ready, "objects": lines});
        self.write("status.json", format!("{status:#}\n"))
    }

    /// Writes how the live objects differ.
    pub(super) fn write_drift(&self, drift: &Drift) -> Result<()> {
        let differences: Vec<Value> = drift
            .differences
            .iter()
            .map(|difference| json!({"object": difference.object.to_string(), "paths": difference.paths}))
            .collect();
        let unknown: Vec<Value> = drift
            .unknown
            .iter()
            .map(|(object, reason)| json!({"object": object.to_string(), "reason": reason}))
            .collect();
        let found = json!({"drift": drift.digest(), "differences": differences, "unknown": unknown});
        self.write("drift.json", format!("{found:#}\n"))
    }

    /// The record without what has a file of its own: the chart's templates and files.
    fn release(&self) -> Value {
        let mut body = self.record.body.clone();
        if let Some(chart) = body.get_mut("chart").and_then(Value::as_object_mut) {
            chart.retain(|name, _| matches!(name.as_str(), "metadata" | "lock"));
        }
        if self.show {
            return body;
        }
        body["config"] = self.mask.values(&body["config"]);
        body["manifest"] = self.manifest(&self.objects).unwrap_or_default().into();
        for hook in body.get_mut("hooks").and_then(Value::as_array_mut).into_iter().flatten() {
            let masked = hook.get("manifest").and_then(Value::as_str).and_then(|text| objects(text).ok());
            hook["manifest"] =
                masked.and_then(|objects| self.manifest(&objects).ok()).unwrap_or_default().into();
        }
        // Notes and descriptions repeat values as they please.
        body["info"] = self.mask.values(&body["info"]);
        body
    }

    fn values(&self, values: &Value) -> Value {
        if self.show { values.clone() } else { self.mask.values(values) }
    }

    fn text(&self, text: &str) -> String {
        if self.show { text.to_owned() } else { self.mask.text(text) }
    }

    fn manifest(&self, objects: &[Object]) -> Result<String> {
        let mut text = String::new();
        for object in objects {
            let shown = if self.show { object.clone() } else { self.mask.object(object) };
            text += "---\n";
            text += &yaml::to_text(&shown.value)?;
        }
        Ok(text)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        if self.show { self.into.write_secret(name, content) } else { self.into.write(name, content) }
    }
}
