//! CRDs of a chart's `crds/` folder. Helm makes them on a first install and never touches them again.

use kit::{Context, Result, report};
use kube::api::{Patch, PatchParams};

use super::chart::Chart;
use super::work::Work;
use crate::manifest::{Kinds, objects};
use crate::params::Crds;
use crate::release::retrying;

/// Puts the chart's CRDs in the place of those that are there, where that is asked.
pub(super) async fn apply(work: &Work<'_>, chart: &Chart) -> Result<()> {
    if work.params.crds != Crds::Replace {
        return Ok(());
    }
    let mut arguments = vec!["show".to_owned(), "crds".into(), chart.reference.clone()];
    arguments.extend(chart.flags.iter().cloned());
    let shown = work.helm.must("read the chart's CRDs", &arguments).await?;
    let definitions = objects(&String::from_utf8_lossy(&shown.stdout))
        .context(|| "the chart's CRDs can't be read".into())?;
    let kinds = Kinds::new(work.connection.client.clone(), &work.namespace);
    for definition in &definitions {
        let doing = || format!("cannot apply {}", definition.key());
        let api = kinds.api(definition).await.map_err(kit::Error::new).context(doing)?;
        let parameters = PatchParams::apply("helm").force();
        let patch = Patch::Apply(&definition.value);
        let applied = retrying("applying a CRD", || api.patch(definition.name(), &parameters, &patch)).await;
        applied.context(doing)?;
        report::info(format!("{} is applied", definition.key()));
    }
    Ok(())
}
