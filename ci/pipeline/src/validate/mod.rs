//! What Concourse's server and `fly validate-pipeline` find wrong with a pipeline: the same errors and
//! warnings, in the same words and order, each with its place.

mod cycle;
mod display;
mod go_url;
mod group_glob;
mod groups;
mod identifier;
mod jobs;
mod managers;
mod passed;
mod path_match;
mod report;
mod resource_types;
mod resources;
mod steps;
mod var_sources;

pub use group_glob::GroupGlob;
pub use passed::JobIndex;
pub use path_match::path_match;
pub use report::{Finding, Report, Rule, Section};

use crate::model::Pipeline;

/// Finds what Concourse refuses and what it warns about.
pub fn validate(pipeline: &Pipeline) -> Report {
    let mut report = Report::default();
    let index = JobIndex::new(pipeline);
    groups::check(pipeline, &mut report);
    resources::check(pipeline, &mut report);
    resource_types::check(pipeline, &mut report);
    var_sources::check(pipeline, &mut report);
    jobs::check(pipeline, &index, &mut report);
    display::check(pipeline, &mut report);
    cycle::check(pipeline, &index, &mut report);
    report
}
