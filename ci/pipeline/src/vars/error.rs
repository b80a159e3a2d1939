//! What goes wrong with variables, in Concourse's words.

use super::InvalidReference;
use crate::source::Span;
use crate::yaml::{Number, Value};

/// A boxed error of a credential manager.
pub type LookupError = Box<dyn std::error::Error + Send + Sync>;

/// Why a variable gives no value.
#[derive(Debug, thiserror::Error)]
pub enum VariableError {
    /// The text between the parentheses is no reference.
    #[error(transparent)]
    Invalid(#[from] InvalidReference),
    /// The pipeline has variable sources, and none of this name.
    #[error("missing source '{source_name}' in var: {name}")]
    MissingSource {
        /// The source.
        source_name: String,
        /// The whole reference.
        name: String,
    },
    /// The variable's map has no such field.
    #[error("missing field '{field}' in var: {name}")]
    MissingField {
        /// The field.
        field: String,
        /// The whole reference.
        name: String,
    },
    /// The variable is no map.
    #[error("cannot access field '{field}' of non-map value ('{go_type}') from var: {name}")]
    NotAMap {
        /// The field.
        field: String,
        /// What it is instead, as Go names it.
        go_type: &'static str,
        /// The whole reference.
        name: String,
    },
    /// The value cannot stand within a text.
    #[error("cannot interpolate non-primitive value ({go_type}) from var: {name}")]
    NotPrimitive {
        /// What it is, as Go names it.
        go_type: &'static str,
        /// The text between the parentheses.
        name: String,
    },
    /// All variables must be there, and these are not.
    #[error("undefined vars: {}", names.join(", "))]
    Undefined {
        /// Their names, sorted.
        names: Vec<String>,
    },
    /// A key became something that cannot be one.
    #[error("invalid map key: {kind} cannot be a key")]
    InvalidKey {
        /// What it became.
        kind: &'static str,
    },
    /// A `<<` became something that cannot be merged.
    #[error("map merge requires map or sequence of maps as the value")]
    MergeNotAMap,
    /// The result is nested deeper than a document may be.
    #[error("exceeded max depth of {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// The result is larger than a document may be.
    #[error("variables take more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The credential manager failed.
    #[error("looking up var {name}")]
    Lookup {
        /// The whole reference.
        name: String,
        /// Why.
        #[source]
        cause: LookupError,
    },
}

/// A variable that could not be filled in, and where it stands.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct InterpolationError {
    /// Why.
    pub error: VariableError,
    /// The text between the parentheses, when it is about one variable; else empty.
    pub name: String,
    /// The scalar that holds the variable.
    pub span: Span,
}

impl InterpolationError {
    pub(super) fn new(error: VariableError, name: &str, span: Span) -> Self {
        Self { error, name: name.into(), span }
    }
}

/// Why a `-v`, `-y` or `-i` flag, or a file of variables, was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFlag {
    /// It has no `=`.
    #[error("invalid variable pair '{0}' (must be name=value)")]
    NotAPair(String),
    /// The name is no reference.
    #[error(transparent)]
    Name(#[from] InvalidReference),
    /// The value, or the file, is not YAML.
    #[error("error converting YAML to JSON: yaml: {0}")]
    Yaml(String),
    /// The file holds something else than a map.
    #[error("variables must be a map, and this is {0}")]
    NotAMap(&'static str),
}

/// Returns the name that Go's `%T` gives a value, as it appears in messages.
pub(super) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(Number::Digits(_)) => "json.Number",
        Value::Number(Number::Int(_)) => "int",
        Value::Number(Number::Uint(_)) => "uint64",
        Value::Number(Number::Float(_)) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}
