//! What a change would do, before it is done: shown, held up, or found to be nothing.

use std::fs;

use kit::{Context, Error, Result, report};

use super::outcome;
use super::upgrade::Upgrade;
use super::work::Work;
use crate::diff::{self, Difference, violations};
use crate::drift::{self, Drift};
use crate::manifest::{Mask, Object, objects};
use crate::params::{DiffMode, DriftMode};
use crate::release::{Entry, Record, Status};

/// What to do after the plan was looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Make the change.
    Go {
        /// Take fields back that others changed.
        force_conflicts: bool,
    },
    /// End here: only the difference was asked for.
    Shown,
    /// End here: everything is as it should be.
    Unchanged,
}

/// Looks at the change, as far as the params ask for it. Costs nothing where they don't.
pub(super) async fn decide(work: &Work<'_>, upgrade: &Upgrade, history: &[Entry]) -> Result<Decision> {
    let params = work.params;
    let mode = mode(work);
    let wants_render = mode != DiffMode::Off
        || params.skip_if_unchanged.get()
        || !params.fail_on.is_empty()
        || params.diff_file.is_some();
    if !wants_render && params.drift == DriftMode::Off {
        return Ok(Decision::Go { force_conflicts: params.force_conflicts.get() });
    }
    let current = current(work, history).await?;
    let drift = drift(work, current.as_ref()).await?;
    let drifted = drift.as_ref().is_some_and(|drift| !drift.is_none());
    let go = Decision::Go {
        force_conflicts: params.force_conflicts.get() || (drifted && params.drift == DriftMode::Correct),
    };
    if !wants_render {
        return Ok(go);
    }
    let planned = upgrade.render(work).await?;
    let mut mask = outcome::mask(work, &planned);
    let no_hooks = params.no_hooks.get() || options(work).no_hooks;
    let before = match &current {
        Some(record) => {
            mask.learn_objects(&all_objects(record, true)?);
            all_objects(record, !no_hooks)?
        }
        None => Vec::new(),
    };
    let difference = Difference::between(&before, &all_objects(&planned, !no_hooks)?);
    show(work, mode, &difference, &mask)?;
    let held_up = violations(&difference, &params.fail_on);
    if !held_up.is_empty() {
        return Err(Error::new(format!("`fail_on` holds the change up:\n  {}", held_up.join("\n  ")))
            .hint("nothing was changed"));
    }
    if mode == DiffMode::Only {
        return Ok(Decision::Shown);
    }
    let same = current.as_ref().is_some_and(|current| is_same(current, &planned) && difference.is_empty());
    let newest_deployed = history.last().is_some_and(|entry| entry.status == Status::Deployed);
    if params.skip_if_unchanged.get()
        && same
        && newest_deployed
        && !(drifted && params.drift == DriftMode::Correct)
    {
        return Ok(Decision::Unchanged);
    }
    Ok(go)
}

/// Returns how the difference is to be shown, whichever key says so.
fn mode(work: &Work<'_>) -> DiffMode {
    let params = work.params;
    if params.diff_only.get() || params.diff == DiffMode::Only {
        DiffMode::Only
    } else if params.show_diff.get() || params.diff == DiffMode::Show {
        DiffMode::Show
    } else {
        DiffMode::Off
    }
}

/// Returns the record of what is deployed.
pub(super) async fn current(work: &Work<'_>, history: &[Entry]) -> Result<Option<Record>> {
    match history.iter().rev().find(|entry| entry.status == Status::Deployed) {
        Some(entry) => work.record(entry.revision).await,
        None => Ok(None),
    }
}

fn all_objects(record: &Record, with_hooks: bool) -> Result<Vec<Object>> {
    let mut found =
        objects(&record.manifest).context(|| format!("the manifest of `{}` can't be read", record.name))?;
    for hook in record.hooks.iter().filter(|_| with_hooks) {
        found.extend(objects(&hook.manifest).context(|| format!("the hook `{}` can't be read", hook.name))?);
    }
    Ok(found)
}

/// Chart, version and values decide as well: a release whose objects are the same may still be of another chart.
fn is_same(current: &Record, planned: &Record) -> bool {
    let chart = |record: &Record| (record.chart.metadata.name.clone(), record.chart.metadata.version.clone());
    chart(current) == chart(planned) && current.config == planned.config
}

fn show(work: &Work<'_>, mode: DiffMode, difference: &Difference, mask: &Mask) -> Result<()> {
    let options = options(work);
    let text = difference.text(mask, diff::Context { lines: options.lines, suppressed: options.suppressed });
    if mode != DiffMode::Off {
        report::raw(&text);
        report::info(format!("release `{}`: {}", work.release, difference.summary()));
    }
    let Some(name) = &work.params.diff_file else { return Ok(()) };
    let path = work.inputs.root().join(name);
    let plain =
        std::path::Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let parent = path.parent().filter(|_| plain);
    let parent = parent.ok_or_else(|| {
        Error::new(format!("`params.diff_file` is `{name}`, which is no path below the inputs"))
    })?;
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(&path, text))
        .context(|| format!("cannot write `{name}`"))
}

#[derive(Debug, PartialEq, Eq)]
struct Options {
    lines: usize,
    suppressed: Vec<String>,
    no_hooks: bool,
}

fn options(work: &Work<'_>) -> Options {
    read_options(work.params.diff_opts.as_deref().unwrap_or_default())
}

/// Reads the options of the helm-diff plugin that have a meaning here.
fn read_options(text: &str) -> Options {
    let mut options = Options { lines: 3, suppressed: Vec::new(), no_hooks: false };
    let mut words = text.split_whitespace().flat_map(|word| match word.split_once('=') {
        Some((name, value)) => vec![name, value],
        None => vec![word],
    });
    while let Some(word) = words.next() {
        match word {
            "--context" | "-C" => {
                options.lines = words.next().and_then(|text| text.parse().ok()).unwrap_or(3)
            }
            "--suppress" => options
                .suppressed
                .extend(words.next().into_iter().flat_map(|kinds| kinds.split(',').map(str::to_owned))),
            "--no-hooks" => options.no_hooks = true,
            // What is always so here.
            "--suppress-secrets" | "--include-tests" | "--allow-unreleased" | "--no-color" | "true" => {}
            other => report::warn(format!("`diff_opts`: `{other}` has no effect here")),
        }
    }
    options
}

/// Compares the live objects with what is deployed, where the params ask for it.
async fn drift(work: &Work<'_>, current: Option<&Record>) -> Result<Option<Drift>> {
    let (mode, Some(record)) = (work.params.drift, current) else { return Ok(None) };
    if mode == DriftMode::Off {
        return Ok(None);
    }
    let ignore: Vec<_> =
        work.step.source.drift_ignore.iter().chain(&work.params.drift_ignore).cloned().collect();
    let found = drift::detect(&work.connection.client, record, &ignore).await?;
    for (object, reason) in &found.unknown {
        report::warn(format!("{object} can't be compared: {reason}"));
    }
    if found.is_none() {
        return Ok(Some(found));
    }
    report::warn(format!("live objects differ from revision {}:", record.revision));
    found.differences.iter().for_each(|difference| report::info(format!("  {difference}")));
    if mode == DriftMode::Fail {
        return Err(Error::new(format!("{} live objects differ from the release", found.differences.len()))
            .hint("`drift: correct` takes the changes back, `drift_ignore` leaves fields out; nothing was changed"));
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_plugin_are_read() {
        let options =
            read_options("--context=5 --suppress Secret,ConfigMap --no-hooks --suppress-secrets --color");
        let suppressed = vec!["Secret".to_owned(), "ConfigMap".to_owned()];
        assert_eq!(options, Options { lines: 5, suppressed, no_hooks: true });
    }
}
