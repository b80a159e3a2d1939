//! Where values come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::go_type;
use super::{Reference, VariableError};
use crate::yaml::{Map, Node};

/// Something that gives variables their values.
pub trait Variables {
    /// Returns the value of a variable; nothing when it is not known here.
    ///
    /// # Errors
    /// The variable is known and lacks the field asked for, its source is unknown, or the lookup
    /// failed.
    fn get(&self, reference: &Reference) -> Result<Option<Node>, VariableError>;
}

/// Variables with fixed values. A reference with a source is never one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StaticVariables {
    values: Map,
}

impl StaticVariables {
    /// Takes the values of variables by their names.
    pub fn new(values: Map) -> Self {
        Self { values }
    }

    /// Returns the values by their names.
    pub fn values(&self) -> &Map {
        &self.values
    }
}

impl Variables for StaticVariables {
    fn get(&self, reference: &Reference) -> Result<Option<Node>, VariableError> {
        match self.values.get(&reference.path) {
            Some(value) if reference.source.is_none() => {
                traverse(value, reference).map(|node| Some(node.clone()))
            }
            _ => Ok(None),
        }
    }
}

/// Several sets of variables; the first that knows a variable gives its value. Sets do not merge: one
/// that has a map hides all the fields of the same map in later ones.
#[derive(Default)]
pub struct Chain<'sets> {
    sets: Vec<Box<dyn Variables + 'sets>>,
}

impl<'sets> Chain<'sets> {
    /// Returns an empty chain, which knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a set behind the others.
    #[must_use]
    pub fn then(mut self, set: impl Variables + 'sets) -> Self {
        self.sets.push(Box::new(set));
        self
    }

    /// Returns whether there are no sets at all.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }
}

impl Variables for Chain<'_> {
    fn get(&self, reference: &Reference) -> Result<Option<Node>, VariableError> {
        for set in &self.sets {
            if let Some(value) = set.get(reference)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

/// The variable sources of a pipeline, by name.
///
/// A reference without a source is none of theirs; one whose source is not among them is an error.
#[derive(Clone, Default)]
pub struct NamedSources {
    sources: BTreeMap<String, Arc<dyn Variables + Send + Sync>>,
}

impl NamedSources {
    /// Returns no sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source under a name; an earlier one of that name is replaced.
    pub fn insert(&mut self, name: impl Into<String>, source: Arc<dyn Variables + Send + Sync>) {
        self.sources.insert(name.into(), source);
    }
}

impl Variables for NamedSources {
    fn get(&self, reference: &Reference) -> Result<Option<Node>, VariableError> {
        let Some(name) = &reference.source else { return Ok(None) };
        match self.sources.get(name) {
            Some(source) => source.get(&reference.without_source()),
            None => {
                Err(VariableError::MissingSource { source_name: name.clone(), name: reference.to_string() })
            }
        }
    }
}

impl<V: Variables + ?Sized> Variables for &V {
    fn get(&self, reference: &Reference) -> Result<Option<Node>, VariableError> {
        (**self).get(reference)
    }
}

impl<V: Variables + ?Sized> Variables for Arc<V> {
    fn get(&self, reference: &Reference) -> Result<Option<Node>, VariableError> {
        (**self).get(reference)
    }
}

/// Follows the fields of a reference into a value.
///
/// # Errors
/// There is no such field, or nothing that could have one.
pub fn traverse<'node>(value: &'node Node, reference: &Reference) -> Result<&'node Node, VariableError> {
    reference.fields.iter().try_fold(value, |value, field| match value.as_map() {
        Some(map) => map
            .get(field)
            .ok_or_else(|| VariableError::MissingField { field: field.clone(), name: reference.to_string() }),
        None => Err(VariableError::NotAMap {
            field: field.clone(),
            go_type: go_type(&value.value),
            name: reference.to_string(),
        }),
    })
}
