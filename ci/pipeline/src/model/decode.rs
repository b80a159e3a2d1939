//! Taking trees apart, with every mistake noted.

use super::{Mistake, MistakeKind, UnknownField};
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Map, Node, Number, Origin, Value};

/// Collects mistakes while a tree is decoded, and knows where in the tree it is.
#[derive(Default)]
pub(super) struct Decoder {
    mistakes: Vec<Mistake>,
    ignored: Vec<UnknownField>,
    path: Vec<Segment>,
    /// Whether numbers and booleans become text in fields of text. They do not within steps and task
    /// configs, since those decode themselves from JSON.
    coerces: bool,
}

#[derive(Clone)]
enum Segment {
    Field(&'static str),
    Index(usize),
}

/// What happens to keys that an object does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leftovers {
    /// They are mistakes, as for jobs and resources.
    Refuse,
    /// Nobody hears of them but the linter.
    Ignore,
}

impl Decoder {
    /// Returns a decoder for a pipeline, where text fields take numbers and booleans.
    pub(super) fn coercing() -> Self {
        Self { coerces: true, ..Self::default() }
    }

    pub(super) fn finish(self) -> (Vec<Mistake>, Vec<UnknownField>) {
        (self.mistakes, self.ignored)
    }

    pub(super) fn note(&mut self, kind: MistakeKind, span: Span) {
        let path = self.shown_path();
        self.mistakes.push(Mistake { kind, path, span });
    }

    pub(super) fn bad_value(&mut self, message: impl Into<String>, span: Span) {
        self.note(MistakeKind::BadValue(message.into()), span);
    }

    pub(super) fn wrong_type(&mut self, expected: &'static str, node: &Node) {
        let found = describe(node);
        self.note(MistakeKind::WrongType { expected, found }, node.span);
    }

    /// Decodes below a field, with or without the text fields' leniency.
    pub(super) fn strictly<T>(&mut self, decode: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.coerces, false);
        let decoded = decode(self);
        self.coerces = before;
        decoded
    }

    pub(super) fn within<T>(&mut self, field: &'static str, decode: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Segment::Field(field));
        let decoded = decode(self);
        self.path.pop();
        decoded
    }

    /// Decodes the items of a list; null is an empty one.
    pub(super) fn items<T>(
        &mut self,
        node: Node,
        mut decode: impl FnMut(&mut Self, Node) -> Option<T>,
    ) -> Vec<T> {
        let items = match node.value {
            Value::List(items) => items,
            Value::Null => return Vec::new(),
            _ => {
                self.wrong_type("a list", &node);
                return Vec::new();
            }
        };
        let mut decoded = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            self.path.push(Segment::Index(index));
            decoded.extend(decode(self, item));
            self.path.pop();
        }
        decoded
    }

    /// Takes a map for decoding field by field. Null is an empty map.
    pub(super) fn fields(&mut self, node: Node) -> Option<Fields> {
        let span = node.span;
        match node.value {
            Value::Map(map) => Some(Fields { entries: map.into_iter().map(Some).collect(), span }),
            Value::Null => Some(Fields { entries: Vec::new(), span }),
            _ => {
                self.wrong_type("a map", &node);
                None
            }
        }
    }

    pub(super) fn text(&mut self, node: Node) -> Option<Spanned<String>> {
        let text = match node.value {
            Value::String(text) => text,
            Value::Null => return None,
            Value::Number(ref number) if self.coerces => number.to_field_text(),
            Value::Bool(value) if self.coerces => value.to_string(),
            _ => {
                self.wrong_type("a string", &node);
                return None;
            }
        };
        Some(Spanned::new(text, node.span))
    }

    pub(super) fn boolean(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(value) => Some(value),
            Value::Null => None,
            _ => {
                self.wrong_type("a boolean", node);
                None
            }
        }
    }

    pub(super) fn whole(&mut self, node: &Node) -> Option<Spanned<i64>> {
        let number = match &node.value {
            Value::Number(number) => number.as_i64(),
            Value::Null => return None,
            _ => None,
        };
        if number.is_none() {
            self.wrong_type("a whole number", node);
        }
        number.map(|number| Spanned::new(number, node.span))
    }

    pub(super) fn texts(&mut self, node: Node) -> Vec<Spanned<String>> {
        let empty = |span| Spanned::new(String::new(), span);
        self.items(node, |decoder, item| {
            let span = item.span;
            Some(decoder.text(item).unwrap_or_else(|| empty(span)))
        })
    }

    /// Decodes tags, which decode themselves: they take no numbers and booleans anywhere, and forget
    /// empty ones.
    pub(super) fn tags(&mut self, node: Node) -> Vec<Spanned<String>> {
        let mut tags = self.strictly(|decoder| decoder.texts(node));
        tags.retain(|tag| !tag.is_empty());
        tags
    }

    /// Decodes a map whose values are text.
    pub(super) fn text_map(&mut self, node: Node) -> Vec<(Spanned<String>, Spanned<String>)> {
        let Some(fields) = self.fields(node) else { return Vec::new() };
        let entries = fields.entries.into_iter().flatten();
        entries
            .map(|entry| {
                let (name, value) = entry.into_parts();
                let span = value.span;
                (name, self.text(value).unwrap_or_else(|| Spanned::new(String::new(), span)))
            })
            .collect()
    }

    /// Takes a map of whatever values, such as a source. Null is none.
    pub(super) fn any_map(&mut self, node: Node) -> Option<Node> {
        match node.value {
            Value::Map(_) => Some(node),
            Value::Null => None,
            _ => {
                self.wrong_type("a map", &node);
                None
            }
        }
    }

    fn shown_path(&self) -> String {
        let mut path = String::new();
        for segment in &self.path {
            match segment {
                Segment::Index(index) => path.push_str(&format!("[{index}]")),
                Segment::Field(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
            }
        }
        path
    }
}

/// The entries of a map that is being decoded; those taken out are done with.
pub(super) struct Fields {
    entries: Vec<Option<Entry>>,
    pub(super) span: Span,
}

impl Fields {
    /// Takes the value of a field, its name matched without regard to case as Go's JSON does. The exact
    /// name wins over others.
    pub(super) fn take(&mut self, name: &str) -> Option<Node> {
        let mut found = None;
        for slot in &mut self.entries {
            let Some(entry) = slot else { continue };
            if entry.name().len() != name.len() || !entry.name().eq_ignore_ascii_case(name) {
                continue;
            }
            let exact = entry.name() == name;
            let entry = slot.take();
            if exact || found.is_none() {
                found = entry;
            }
        }
        found.map(|entry| entry.value)
    }

    /// Takes key and value of a field whose name must match exactly.
    pub(super) fn take_exact(&mut self, name: &str) -> Option<Entry> {
        let slot =
            self.entries.iter_mut().find(|slot| slot.as_ref().is_some_and(|entry| entry.name() == name))?;
        slot.take()
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.entries.iter().flatten().any(|entry| entry.name() == name)
    }

    /// Returns what has not been taken yet as a map of its own.
    pub(super) fn remaining(&self) -> Node {
        let map: Map = self.entries.iter().flatten().cloned().collect();
        Node::new(Value::Map(map), self.span)
    }

    /// Returns what is left, with the names that the object would have had.
    pub(super) fn leftovers(self, known: &'static [&'static str]) -> Vec<UnknownField> {
        let left = self.entries.into_iter().flatten();
        left.map(|entry| {
            let (name, value) = entry.into_parts();
            UnknownField { name: name.value, span: name.span, value, known }
        })
        .collect()
    }

    /// Deals with what is left.
    pub(super) fn finish(self, decoder: &mut Decoder, known: &'static [&'static str], leftovers: Leftovers) {
        for field in self.leftovers(known) {
            match leftovers {
                Leftovers::Refuse => {
                    decoder.note(MistakeKind::UnknownField { name: field.name, known }, field.span);
                }
                Leftovers::Ignore => decoder.ignored.push(field),
            }
        }
    }

    pub(super) fn text(&mut self, decoder: &mut Decoder, name: &'static str) -> Option<Spanned<String>> {
        let node = self.take(name)?;
        decoder.within(name, |decoder| decoder.text(node))
    }

    /// Takes a text that counts as empty when it is not there; then its place is the whole object.
    pub(super) fn required_text(&mut self, decoder: &mut Decoder, name: &'static str) -> Spanned<String> {
        let span = self.span;
        self.text(decoder, name).unwrap_or_else(|| Spanned::new(String::new(), span))
    }

    pub(super) fn boolean(&mut self, decoder: &mut Decoder, name: &'static str) -> Option<Spanned<bool>> {
        let node = self.take(name)?;
        let value = decoder.within(name, |decoder| decoder.boolean(&node))?;
        Some(Spanned::new(value, node.span))
    }

    pub(super) fn whole(&mut self, decoder: &mut Decoder, name: &'static str) -> Option<Spanned<i64>> {
        let node = self.take(name)?;
        decoder.within(name, |decoder| decoder.whole(&node))
    }

    pub(super) fn texts(&mut self, decoder: &mut Decoder, name: &'static str) -> Vec<Spanned<String>> {
        self.take(name).map_or_else(Vec::new, |node| decoder.within(name, |decoder| decoder.texts(node)))
    }

    pub(super) fn tags(&mut self, decoder: &mut Decoder) -> Vec<Spanned<String>> {
        self.take("tags").map_or_else(Vec::new, |node| decoder.within("tags", |decoder| decoder.tags(node)))
    }

    pub(super) fn any_map(&mut self, decoder: &mut Decoder, name: &'static str) -> Option<Node> {
        let node = self.take(name)?;
        decoder.within(name, |decoder| decoder.any_map(node))
    }

    pub(super) fn items<T>(
        &mut self,
        decoder: &mut Decoder,
        name: &'static str,
        decode: impl FnMut(&mut Decoder, Node) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = self.take(name) else { return Vec::new() };
        decoder.within(name, |decoder| decoder.items(node, decode))
    }
}

/// Names a value in a message: `the number 5`, `a list`. What a variable gave may be secret, so of that only the
/// kind is told.
pub(super) fn describe(node: &Node) -> String {
    match &node.value {
        value if node.origin == Origin::Variable => value.kind().into(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(Number::Digits(digits)) => format!("the number {digits}"),
        Value::Number(number) => format!("the number {}", number.to_text()),
        Value::String(text) if text.len() <= 40 => format!("the string {text:?}"),
        other => other.kind().into(),
    }
}
