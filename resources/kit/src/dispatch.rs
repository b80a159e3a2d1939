//! From the process's start to its exit: which step is meant, its payload, its outcome.

mod output;
mod payload;
mod stdin;
mod usage;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::build::BuildMetadata;
use crate::step::ABORT_GRACE;
use crate::{Destination, Error, Inputs, Resource, Result, Step, report, schema};
use payload::Asked;

/// Which step a run of the binary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Check,
    Get,
    Put,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Invocation {
    Step { verb: Verb, folder: Option<PathBuf> },
    Schema,
    Version,
    Help,
}

/// Runs the step that the process's name or first argument names: `check`, `in` (or `get`), `out` (or `put`).
///
/// The payload comes on stdin; stdout gets one JSON document; everything else goes to stderr. Exits 0 on success, 1 on
/// failure, 128 plus the signal's number when aborted.
pub fn run<R: Resource>(resource: R) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let outcome = match invocation(&arguments) {
        Err(error) => Err(error),
        Ok(Invocation::Schema) => output::write_pretty(&schema::of_resource::<R>()),
        Ok(Invocation::Version) => {
            output::write_text(&format!("{} {}\n", R::NAME, env!("CARGO_PKG_VERSION")))
        }
        Ok(Invocation::Help) => output::write_text(&usage::text::<R>()),
        Ok(Invocation::Step { .. }) if std::io::stdin().is_terminal() => {
            report::raw(&usage::text::<R>());
            Err(Error::new("the payload is expected on stdin").hint("pipe JSON in, as the examples above do"))
        }
        Ok(Invocation::Step { verb, folder }) => return run_step(&resource, verb, folder),
    };
    exit_code(outcome.map(|()| ExitCode::SUCCESS))
}

fn exit_code(outcome: Result<ExitCode>) -> ExitCode {
    outcome.unwrap_or_else(|error| {
        report::error(&error);
        ExitCode::FAILURE
    })
}

fn run_step<R: Resource>(resource: &R, verb: Verb, folder: Option<PathBuf>) -> ExitCode {
    // Read before signals are caught: who waits for a payload that never comes must be killable.
    let (step, asked) = match payload::read::<R>(verb, BuildMetadata::from_environment()) {
        Ok(payload) => payload,
        Err(error) => return exit_code(Err(error)),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => return exit_code(Err(Error::from(problem).context("cannot start"))),
    };
    let code = exit_code(runtime.block_on(until_aborted(resource, folder, &step, asked)));
    // Blocking work that was given up (a layer being unpacked) must not hold the process back.
    runtime.shutdown_background();
    code
}

async fn until_aborted<R: Resource>(
    resource: &R,
    folder: Option<PathBuf>,
    step: &Step<R::Source>,
    asked: Asked<R>,
) -> Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let signal = tokio::select! {
        outcome = act(resource, folder, step, asked) => {
            step.finish(outcome.is_ok()).await;
            return outcome.and_then(|document| output::write(&document)).map(|()| ExitCode::SUCCESS);
        }
        _ = terminate.recv() => SignalKind::terminate(),
        _ = interrupt.recv() => SignalKind::interrupt(),
    };
    report::warn("aborted: cleaning up");
    if tokio::time::timeout(ABORT_GRACE, step.finish(false)).await.is_err() {
        report::warn("the clean-up took too long and was left unfinished");
    }
    Ok(ExitCode::from(128 + u8::try_from(signal.as_raw_value()).unwrap_or(15)))
}

async fn act<R: Resource>(
    resource: &R,
    folder: Option<PathBuf>,
    step: &Step<R::Source>,
    asked: Asked<R>,
) -> Result<serde_json::Value> {
    match asked {
        Asked::Check(since) => output::versions(&resource.check(step, since).await?),
        Asked::Get(version, params) => {
            let into = Destination::open(required(folder, "the destination", "in")?)?;
            let fetched = resource.get(step, version, params, &into).await?;
            output::result(&fetched.version, &fetched.metadata)
        }
        Asked::Put(params) => {
            let from = Inputs::open(required(folder, "the inputs", "out")?)?;
            let pushed = resource.put(step, params, &from).await?;
            output::result(&pushed.version, &pushed.metadata)
        }
    }
}

fn required(folder: Option<PathBuf>, what: &str, verb: &str) -> Result<PathBuf> {
    folder.ok_or_else(|| {
        Error::new(format!("the folder with {what} is missing")).hint(format!(
            "Concourse passes it as the first argument; by hand: `{verb} FOLDER < payload.json`"
        ))
    })
}

fn invocation(arguments: &[OsString]) -> Result<Invocation> {
    let text = |argument: &OsString| argument.to_string_lossy().into_owned();
    let name = arguments.first().map(PathBuf::from);
    let name =
        name.as_deref().and_then(std::path::Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let mut rest = arguments.iter().skip(1);
    if let Some(flag) = arguments.get(1).map(text).filter(|argument| argument.starts_with('-')) {
        return match flag.as_str() {
            "--schema" => Ok(Invocation::Schema),
            "--version" | "-V" => Ok(Invocation::Version),
            "--help" | "-h" => Ok(Invocation::Help),
            _ => Err(Error::new(format!("unknown option `{flag}`")).hint("`--help` lists what there is")),
        };
    }
    let verb = match name.as_deref().and_then(verb) {
        Some(verb) => verb,
        None => match rest.next().map(text) {
            None => return Ok(Invocation::Help),
            Some(word) => verb(&word).ok_or_else(|| {
                Error::new(format!("unknown step `{word}`"))
                    .hint("the steps are check, in (get) and out (put)")
            })?,
        },
    };
    Ok(Invocation::Step { verb, folder: rest.next().map(PathBuf::from) })
}

fn verb(name: &str) -> Option<Verb> {
    match name {
        "check" => Some(Verb::Check),
        "in" | "get" => Some(Verb::Get),
        "out" | "put" => Some(Verb::Put),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_named_by_the_process_or_its_first_argument() {
        let step = |verb, folder: Option<&str>| Invocation::Step { verb, folder: folder.map(PathBuf::from) };
        let cases: [(&[&str], Invocation); 8] = [
            (&["/opt/resource/check"], step(Verb::Check, None)),
            (&["/opt/resource/in", "/tmp/build/get"], step(Verb::Get, Some("/tmp/build/get"))),
            (&["/opt/resource/out", "/tmp/build/put"], step(Verb::Put, Some("/tmp/build/put"))),
            (&["quay-image", "get", "folder"], step(Verb::Get, Some("folder"))),
            (&["quay-image", "check"], step(Verb::Check, None)),
            (&["quay-image", "--schema"], Invocation::Schema),
            (&["/opt/resource/check", "--version"], Invocation::Version),
            (&["quay-image"], Invocation::Help),
        ];
        for (arguments, expected) in cases {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            assert_eq!(invocation(&arguments).unwrap(), expected, "{arguments:?}");
        }
        assert!(invocation(&["quay-image".into(), "chekc".into()]).is_err());
    }
}
