//! `((variables))`: how they are written, where their values come from, and how they are filled in.
//!
//! The rules are Concourse's, traps included: a number of a `-l` file may not stand within a text, an
//! unknown field aborts even a pass that leaves unknown variables alone, results are not filled in
//! again.

mod error;
mod flags;
mod interpolate;
mod load_var;
mod lookup;
mod occurrences;
mod pairs;
mod placed;
mod reference;
mod scope;
mod static_sets;

pub use error::{InterpolationError, InvalidFlag, LookupError, VariableError};
pub use flags::{parse_text_flag, parse_yaml_flag};
pub use interpolate::{Missing, Use, interpolate, interpolate_each, interpolate_text, uses};
pub use load_var::{InvalidLoadedFile, LoadFormat};
pub use lookup::{Chain, NamedSources, StaticVariables, Variables, traverse};
pub use occurrences::{Occurrence, occurrences};
pub use pairs::{Pair, expand, flatten};
pub use placed::{PlacedUse, Places, missing_uses, placed_uses};
pub use reference::{InvalidReference, Reference};
pub use scope::Scope;
pub use static_sets::{FlyVariables, Giver, VariableFile, read_variable_file, set_pipeline_variables};
