//! Measures quayside beside its peers, in one run. Called by the scripts in `ci/bench/`.

mod command;
mod disk;
mod large_image;
mod measure;
mod suites;
mod table;

use std::process::ExitCode;

/// `bench SUITE…` runs these suites, in this order.
fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let known: Vec<&str> = suites::ALL.iter().map(|(name, _)| *name).collect();
    if names.is_empty() || names.iter().any(|name| !known.contains(&name.as_str())) {
        table::note(&format!("usage: bench SUITE…, where the suites are {}", known.join(", ")));
        return ExitCode::from(2);
    }
    table::machine();
    for (name, suite) in suites::ALL {
        if names.iter().any(|wanted| wanted == name)
            && let Err(problem) = suite()
        {
            table::note(&format!("{name}: {problem}"));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
