//! Versions for a job, from checks now and runs before.

use std::collections::HashMap;

use runner::cancellation::Cancellation;
use runner::engine::Engine;
use runner::executor::Ended;
use runner::local::Local;
use runner::outcome::Problem;
use runner::scheduling::{Choice, History, Unmet, Wanted};
use runner::state::{CheckedResource, State};
use runner::version::Version;

use super::Loaded;
use super::given::Given;

/// Returns the names of resources that must be checked for these gets, each once: those whose versions are not given.
pub(crate) fn checked_resources<'run>(
    wanted: impl IntoIterator<Item = &'run Wanted>,
    given: &Given,
) -> Vec<&'run str> {
    let mut names: Vec<&str> = Vec::new();
    for one in wanted {
        // What passed earlier jobs is known without a check.
        let is_open = one.passed.is_empty() && !given.is_for(one) && !matches!(one.choice, Choice::Given(_));
        if is_open && !names.contains(&one.resource.as_str()) {
            names.push(&one.resource);
        }
    }
    names
}

/// Checks resources, one after the other, and remembers what is found.
pub(crate) async fn check_all(
    engine: &Engine<Local>,
    loaded: &Loaded,
    names: &[&str],
    state: &mut State,
    until: &Cancellation,
) -> Result<(), Problem> {
    for name in names {
        check(engine, loaded, name, None, state, until).await?;
    }
    Ok(())
}

/// Checks a resource from a version on: the one that was asked for, else the one that the pipeline pins, else the
/// newest that is known.
pub(crate) async fn check(
    engine: &Engine<Local>,
    loaded: &Loaded,
    name: &str,
    from: Option<Version>,
    state: &mut State,
    until: &Cancellation,
) -> Result<Vec<Version>, Problem> {
    let Some(resource) = loaded.pipeline.resource(name) else {
        return Err(Problem::new(format!("the pipeline has no resource `{name}`")));
    };
    let (key, settings) = (loaded.key(), loaded.settings_of(resource));
    let of = CheckedResource { pipeline: &key, resource: name, settings: &settings };
    let known = state.versions(&of)?;
    let pin = resource.version.as_ref().map(|fields| {
        fields.iter().map(|(name, value)| (name.value.as_str(), value.value.as_str())).collect::<Version>()
    });
    let since = from.or(pin).or_else(|| known.last().cloned());
    match engine.check(name, since, until).await? {
        Ended::Well(found) => {
            state.keep_versions(&of, &found)?;
            Ok(found)
        }
        Ended::Badly(_) => Err(Problem::new(format!("the check of `{name}` failed"))
            .hint("its log tells why; `--version` or `-i` do without a check")),
    }
}

/// Returns what is known of a pipeline's versions and runs. Folders that earlier runs had in place of versions are not
/// to be had any more, so they are left out.
pub(crate) fn history_of(loaded: &Loaded, given: &Given, state: &State) -> Result<History, Problem> {
    let key = loaded.key();
    let mut versions = HashMap::new();
    for resource in &loaded.pipeline.resources {
        let settings = loaded.settings_of(resource);
        let of = CheckedResource { pipeline: &key, resource: &resource.name, settings: &settings };
        versions.insert(resource.name.value.clone(), state.versions(&of)?);
    }
    let mut runs = state.past_runs(&key)?;
    for run in &mut runs {
        run.used.retain(|used| !given.is_foreign(&used.resource, &used.version));
    }
    Ok(History { versions, runs })
}

/// Remembers versions that puts made, as Concourse does.
pub(crate) fn keep_made(
    loaded: &Loaded,
    made: &[runner::engine::Made],
    state: &mut State,
) -> Result<(), Problem> {
    for one in made {
        let Some(resource) = loaded.pipeline.resource(&one.resource) else { continue };
        let (key, settings) = (loaded.key(), loaded.settings_of(resource));
        let of = CheckedResource { pipeline: &key, resource: &one.resource, settings: &settings };
        state.keep_versions(&of, std::slice::from_ref(&one.version))?;
    }
    Ok(())
}

/// Returns why a job cannot run, and what to do about it.
pub(crate) fn told_unmet(job: &str, unmet: &[Unmet]) -> Problem {
    let reasons: Vec<String> = unmet.iter().map(|unmet| format!("\n  {unmet}")).collect();
    Problem::new(format!("`{job}` cannot run, since gets have no version:{}", reasons.concat()))
        .hint("run the jobs before it here (`--all` does), or take versions that passed none: `--assume-passed`, `--version NAME=FIELD:VALUE`, `-i NAME=FOLDER`")
}
