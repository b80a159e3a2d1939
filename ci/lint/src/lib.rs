//! Lint of pipelines: what Concourse says of them, and what it does not say before a build fails.
//!
//! The library looks at texts that are handed in; it reads no files and prints nothing. [`lint`] runs all
//! rules over one pipeline and returns what they found, each with its place, advice and, where that is
//! certain, a change that mends it.

mod allow;
mod context;
mod diagnostic;
mod fix;
mod flow;
mod images;
mod rule;
mod rules;
mod run;
mod schema;
mod task_files;
mod variables;

pub use diagnostic::{Diagnostic, Fix, Label, Severity};
pub use fix::apply_fixes;
pub use rule::{RuleInfo, all_rules, find_rule, nearest_rule};
pub use run::{Linted, Options, lint};
pub use schema::{InvalidSchema, TypeSchema, TypeSchemas};
pub use task_files::{FoundTaskFile, Lookup, TaskFileFinder};
