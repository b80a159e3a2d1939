//! Maps, in the order they were written.

use std::collections::HashMap;

use super::{Node, Number, Value};
use crate::source::Spanned;

/// From this many entries on, names are found by an index. Real maps are smaller; hostile ones would
/// make a plain search quadratic.
const INDEX_FROM: usize = 64;

/// A map, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<Entry>,
    /// Kept for large maps only.
    index: Option<Box<Index>>,
}

/// Where the names of a large map stand.
#[derive(Clone, Debug)]
struct Index(HashMap<String, usize>);

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key as written.
    pub key: Node,
    /// The value.
    pub value: Node,
    /// The name of a key that is not text.
    other_name: Option<Box<str>>,
}

impl Map {
    /// Returns an empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a map of these entries, which must have different names.
    pub(crate) fn from_entries(entries: Vec<Entry>) -> Self {
        Self { entries, index: None }
    }

    /// Returns the value under a name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// Returns key and value under a name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.position(name).map(|index| &self.entries[index])
    }

    /// Returns whether a name is there.
    pub fn contains(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// Returns the entries in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// Returns the entries for changing.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Entry> {
        self.entries.iter_mut()
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts an entry in; one of the same name is replaced where it stands.
    pub fn insert(&mut self, entry: Entry) {
        if self.index.is_none() && self.entries.len() >= INDEX_FROM {
            let places =
                self.entries.iter().enumerate().map(|(index, entry)| (entry.name().to_owned(), index));
            self.index = Some(Box::new(Index(places.collect())));
        }
        if let Some(index) = self.position(entry.name()) {
            self.entries[index] = entry;
            return;
        }
        if let Some(index) = &mut self.index {
            index.0.insert(entry.name().to_owned(), self.entries.len());
        }
        self.entries.push(entry);
    }

    /// Takes the entry of a name out.
    pub fn remove(&mut self, name: &str) -> Option<Entry> {
        let position = self.position(name)?;
        self.index = None;
        Some(self.entries.remove(position))
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.0.get(name).copied(),
            None => self.entries.iter().position(|entry| entry.name() == name),
        }
    }

    /// Takes all entries out for changing, leaving an empty map.
    pub(crate) fn take_entries(&mut self) -> Vec<Entry> {
        self.index = None;
        std::mem::take(&mut self.entries)
    }

    /// Sorts the entries.
    pub(crate) fn sort_by(&mut self, order: impl Fn(&Entry, &Entry) -> std::cmp::Ordering) {
        self.index = None;
        self.entries.sort_by(order);
    }
}

impl Entry {
    /// Returns an entry whose key is text at the value's place.
    pub fn new(name: impl Into<String>, value: Node) -> Self {
        Self { key: Node::string(name, value.span), value, other_name: None }
    }

    /// Returns an entry, or its key when that is nothing that can be one.
    pub(crate) fn from_key(key: Node, value: Node) -> Result<Self, Box<Node>> {
        let other_name = match &key.value {
            Value::String(_) => None,
            Value::Bool(value) => Some(value.to_string().into()),
            Value::Number(Number::Int(value)) => Some(value.to_string().into()),
            Value::Number(number) => Some(number.to_field_text().into()),
            Value::Null | Value::List(_) | Value::Map(_) => return Err(Box::new(key)),
        };
        Ok(Self { key, value, other_name })
    }

    /// Returns the key as JSON has it: `on: 1` has the name `true`.
    pub fn name(&self) -> &str {
        self.other_name.as_deref().or_else(|| self.key.as_str()).unwrap_or_default()
    }

    /// Returns the name and its place, and the value.
    pub(crate) fn into_parts(self) -> (Spanned<String>, Node) {
        let span = self.key.span;
        let name = match (self.other_name, self.key.value) {
            (Some(name), _) => name.into(),
            (None, Value::String(text)) => text,
            (None, _) => String::new(),
        };
        (Spanned::new(name, span), self.value)
    }
}

impl FromIterator<Entry> for Map {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut map = Self::new();
        entries.into_iter().for_each(|entry| map.insert(entry));
        map
    }
}

impl IntoIterator for Map {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'map> IntoIterator for &'map Map {
    type Item = &'map Entry;
    type IntoIter = std::slice::Iter<'map, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Maps are equal when they hold the same values under the same names, in whatever order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|entry| other.get(entry.name()) == Some(&entry.value))
    }
}
