//! From text to tree.

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag, options};

use super::anchors::{self, Anchors};
use super::duplicates::{self, DuplicateKey, WrittenKey};
use super::syntax::{rest, span_of, syntax_error, too_deep};
use super::tags::{check_finite, resolve};
use super::{Comment, Entry, Map, Node, Origin, ReadError, Style, Value, strictness};
use crate::source::Span;

/// How deep lists and maps may nest, aliases expanded. Concourse's own limit is 10,000; no real
/// pipeline comes near either, and every walk over a tree may then use the stack.
pub const MAX_DEPTH: usize = 200;

/// How many nodes a document may have, aliases expanded.
pub const MAX_NODES: usize = 2_000_000;

/// How long a text may be.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The first document of a text.
#[derive(Clone, Debug)]
pub struct Document {
    /// The tree, aliases and merges expanded; nothing when the text holds no document.
    pub root: Option<Node>,
    /// Keys written twice. Concourse refuses the text for any of them.
    pub duplicates: Vec<DuplicateKey>,
    /// The comments, in order.
    pub comments: Vec<Comment>,
    /// The anchors, in order.
    pub anchors: Vec<Anchor>,
    /// Keys that a `<<` written after them overrides, contrary to what most expect of merges.
    pub overridden: Vec<OverriddenKey>,
    /// What stands behind the document and is ignored: further documents, or lines that are indented
    /// less than the first one.
    pub rest: Option<Span>,
}

/// An anchor that a document defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The name without `&`.
    pub name: String,
    /// The `&name`.
    pub span: Span,
    /// Whether an alias uses it.
    pub used: bool,
}

/// A key whose value a later `<<` replaces with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverriddenKey {
    /// The key.
    pub key: Span,
    /// The `<<`.
    pub merge: Span,
}

/// Reads the first document of a text.
///
/// # Errors
/// The text is not YAML 1.1 as Concourse reads it, or goes over a limit of this module.
pub fn read(text: &str) -> Result<Document, ReadError> {
    if text.len() > MAX_BYTES {
        return Err(ReadError::new(format!("text is larger than {MAX_BYTES} bytes"), Span::default()));
    }
    strictness::check_characters(text)?;
    let mut reader = Reader::new(text);
    let settings = options! {
        emit_anchor_events: true,
        block_scalar_eof_without_line_feed: true,
        max_buffered_comment_events: usize::MAX,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut events = Parser::new_from_str_with_options(text, settings);
    for event in events.by_ref() {
        let (event, marks) = event.map_err(|error| syntax_error(text, &error))?;
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        reader.take(event, span_of(text, marks))?;
    }
    Ok(reader.finish(rest(text, events)))
}

/// Reads the first document of a file's bytes.
///
/// # Errors
/// As [`read`], and for bytes that are not UTF-8.
pub fn read_bytes(bytes: &[u8]) -> Result<Document, ReadError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => read(text),
        Err(error) => {
            let at = error.valid_up_to();
            Err(ReadError::new("invalid leading UTF-8 octet", Span::new(at, at + 1))
                .with_hint("save the file as UTF-8"))
        }
    }
}

/// The state between two events.
struct Reader<'text> {
    text: &'text str,
    has_tabs: bool,
    open: Vec<Collection>,
    root: Option<Node>,
    anchors: Anchors,
    named: Vec<Anchor>,
    /// Where the anchors of the parser's ids stand in `named`.
    ids: Vec<(usize, usize)>,
    duplicates: Vec<DuplicateKey>,
    overridden: Vec<OverriddenKey>,
    comments: Vec<Comment>,
}

/// A list or map that has not ended yet.
struct Collection {
    kind: Kind,
    span: Span,
    style: Style,
    anchor: usize,
    /// Nodes below, for the price of an alias to it.
    size: usize,
    /// Levels below.
    depth: usize,
}

enum Kind {
    List(Vec<Node>),
    Map { map: Map, key: Option<Key>, written: Vec<WrittenKey> },
}

/// A key that waits for its value.
struct Key {
    node: Node,
    is_merge: bool,
}

/// A complete node on its way to its place.
struct Complete {
    node: Node,
    size: usize,
    depth: usize,
    /// What a key is compared by, when that is not the text at its place.
    other_text: Option<String>,
    is_merge: bool,
}

impl<'text> Reader<'text> {
    fn new(text: &'text str) -> Self {
        Self {
            text,
            has_tabs: text.contains('\t'),
            open: Vec::new(),
            root: None,
            anchors: Anchors::default(),
            named: Vec::new(),
            ids: Vec::new(),
            duplicates: Vec::new(),
            overridden: Vec::new(),
            comments: Vec::new(),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ReadError> {
        match event {
            Event::DocumentStart(_, Some(version)) if (version.major, version.minor) != (1, 1) => {
                Err(ReadError::new("found incompatible YAML document", span)
                    .with_hint("Concourse reads YAML 1.1"))
            }
            Event::Comment(..) => {
                self.comments.push(Comment::new(self.text, span));
                Ok(())
            }
            Event::Anchor(id, name) => {
                self.ids.push((id, self.named.len()));
                self.named.push(Anchor { name: name.into_owned(), span, used: false });
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), span)
            }
            Event::Alias(id) => self.alias(id, span),
            Event::SequenceStart(style, anchor, _) => self.open(Kind::List(Vec::new()), style, anchor, span),
            Event::MappingStart(style, anchor, _) => {
                let kind = Kind::Map { map: Map::new(), key: None, written: Vec::new() };
                self.open(kind, style, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), ReadError> {
        self.check_place(span)?;
        let style = scalar_style(style);
        let written = self.text.get(span.range()).unwrap_or_default();
        if style == Style::DoubleQuoted && written.contains("\\/") {
            strictness::check_escapes(written, span.start())?;
        }
        if style == Style::Plain && self.in_flow() {
            strictness::check_flow_colon(self.text, span.end())?;
        }
        // The parser hands out `~` for nothing at all.
        let text = if style == Style::Plain && span.is_empty() { "" } else { text };
        let span = if matches!(style, Style::Literal | Style::Folded) { self.block_span(span) } else { span };
        let value = resolve(text, style, tag, span)?;
        check_finite(&value, span)?;
        let node = Node { value, span, style, origin: Origin::Written };
        self.anchors.count_written(1);
        if anchor > 0 {
            self.anchors.define(anchor, &node, 1, 0);
        }
        let is_merge = text == "<<" && style == Style::Plain && tag.is_none();
        let other_text = (written != text).then(|| text.to_owned());
        self.place(Complete { node, size: 1, depth: 0, other_text, is_merge })
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), ReadError> {
        self.check_place(span)?;
        let name = self.text.get(span.range()).unwrap_or_default().trim_start_matches('*').to_owned();
        if let Some((_, index)) = self.ids.iter().find(|(known, _)| *known == id) {
            self.named[*index].used = true;
        }
        let expansion = self.anchors.expand(id, span, &name)?;
        if self.open.len() + expansion.depth > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let other_text = Some(format!("\0*{name}"));
        let anchors::Expansion { node, size, depth } = expansion;
        self.place(Complete { node, size, depth, other_text, is_merge: false })
    }

    fn open(
        &mut self,
        kind: Kind,
        style: StructureStyle,
        anchor: usize,
        span: Span,
    ) -> Result<(), ReadError> {
        let style = if style == StructureStyle::Flow { Style::Flow } else { Style::Block };
        if style == Style::Flow {
            self.check_place(span)?;
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.anchors.count_written(1);
        self.open.push(Collection { kind, span, style, anchor, size: 1, depth: 0 });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), ReadError> {
        let Some(collection) = self.open.pop() else { return Ok(()) };
        let Collection { kind, span, style, anchor, size, depth } = collection;
        let value = match kind {
            Kind::List(items) => Value::List(items),
            Kind::Map { map, written, .. } => {
                self.duplicates.extend(duplicates::find(self.text, &written));
                Value::Map(map)
            }
        };
        let span = if style == Style::Flow { span.to(end) } else { span };
        let node = Node { value, span, style, origin: Origin::Written };
        if anchor > 0 {
            self.anchors.define(anchor, &node, size, depth + 1);
        }
        self.place(Complete { node, size, depth: depth + 1, other_text: None, is_merge: false })
    }

    /// Puts a complete node into what is open around it.
    fn place(&mut self, complete: Complete) -> Result<(), ReadError> {
        if self.anchors.nodes() > MAX_NODES {
            return Err(ReadError::new(
                format!("document has more than {MAX_NODES} nodes"),
                complete.node.span,
            ));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(complete.node);
            return Ok(());
        };
        parent.size += complete.size;
        parent.depth = parent.depth.max(complete.depth);
        if parent.style == Style::Block && complete.node.origin == Origin::Written {
            parent.span = parent.span.to(complete.node.span);
        }
        match &mut parent.kind {
            Kind::List(items) => {
                items.push(complete.node);
                Ok(())
            }
            Kind::Map { map, key, written } => match key.take() {
                Some(waiting) => {
                    self.overridden.extend(overridden_by(map, &waiting, &complete.node));
                    put(map, waiting, complete.node)
                }
                None => {
                    let span = complete.node.span;
                    written.push(WrittenKey { other_text: complete.other_text, span });
                    *key = Some(Key { is_merge: complete.is_merge, node: complete.node });
                    Ok(())
                }
            },
        }
    }

    fn in_flow(&self) -> bool {
        self.open.last().is_some_and(|collection| collection.style == Style::Flow)
    }

    fn check_place(&self, span: Span) -> Result<(), ReadError> {
        if self.has_tabs && !self.in_flow() {
            strictness::check_indentation(self.text, span.start())?;
        }
        Ok(())
    }

    /// Gives a block scalar a span from its `|` or `>` to its last line that is not blank.
    fn block_span(&self, span: Span) -> Span {
        let written = self.text.get(span.range()).unwrap_or_default();
        let end = span.start() + written.trim_end().len();
        let before = self.text.get(..span.start()).unwrap_or_default().trim_end();
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        let header = before[line_start..].match_indices(['|', '>']).map(|(index, _)| line_start + index);
        let header = header.into_iter().find(|index| ends_header(&before[index + 1..]));
        Span::new(header.filter(|_| !written.starts_with(['|', '>'])).unwrap_or(span.start()), end)
    }

    fn finish(self, rest: Option<Span>) -> Document {
        let Self { root, mut duplicates, overridden, comments, named, .. } = self;
        // Found when a map ends, so inner ones come first.
        duplicates.sort_by_key(|duplicate| duplicate.span);
        Document { root, duplicates, comments, anchors: named, overridden, rest }
    }
}

/// Returns whether only modifiers and a comment follow the `|` or `>` of a block scalar.
fn ends_header(after: &str) -> bool {
    let is_modifier = |character: char| character.is_ascii_digit() || matches!(character, '-' | '+');
    let rest = after.trim_start_matches(is_modifier).trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// Returns the written keys of a map that a merge is about to replace with other values.
fn overridden_by(map: &Map, key: &Key, merged: &Node) -> Vec<OverriddenKey> {
    if !key.is_merge || map.is_empty() {
        return Vec::new();
    }
    let sources: Vec<&Node> = merged.as_list().map_or_else(|| vec![merged], |items| items.iter().collect());
    let replaced = |entry: &&Entry| {
        let value = sources.iter().find_map(|source| source.get(entry.name()));
        entry.value.origin == Origin::Written && value.is_some_and(|value| *value != entry.value)
    };
    let merge = key.node.span;
    map.iter().filter(replaced).map(|entry| OverriddenKey { key: entry.key.span, merge }).collect()
}

/// Puts a value under its key. A key written twice keeps its last value.
fn put(map: &mut Map, key: Key, value: Node) -> Result<(), ReadError> {
    if key.is_merge {
        return anchors::merge(map, value);
    }
    map.insert(Entry::from_key(key.node, value).map_err(|key| invalid_key(&key))?);
    Ok(())
}

fn invalid_key(key: &Node) -> ReadError {
    match &key.value {
        Value::Null if key.span.is_empty() => ReadError::new("did not find expected key", key.span),
        Value::Null => {
            ReadError::new("a mapping key cannot be null", key.span).with_hint("put the key in quotes")
        }
        other => ReadError::new(format!("invalid map key: {} cannot be a key", other.kind()), key.span),
    }
}

fn scalar_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
        _ => Style::Plain,
    }
}
