//! Fields whose names must match exactly.
//!
//! Steps and task configs keep what is left over, and there a key in another case is left over too.

use super::decode::{Decoder, Fields};
use crate::source::Spanned;
use crate::yaml::Node;

pub(super) fn text(
    fields: &mut Fields,
    decoder: &mut Decoder,
    name: &'static str,
) -> Option<Spanned<String>> {
    with(fields, decoder, name, Decoder::text)
}

pub(super) fn boolean(
    fields: &mut Fields,
    decoder: &mut Decoder,
    name: &'static str,
) -> Option<Spanned<bool>> {
    with(fields, decoder, name, |decoder, node| {
        decoder.boolean(&node).map(|value| Spanned::new(value, node.span))
    })
}

pub(super) fn texts(fields: &mut Fields, decoder: &mut Decoder, name: &'static str) -> Vec<Spanned<String>> {
    with(fields, decoder, name, |decoder, node| Some(decoder.texts(node))).unwrap_or_default()
}

pub(super) fn tags(fields: &mut Fields, decoder: &mut Decoder) -> Vec<Spanned<String>> {
    with(fields, decoder, "tags", |decoder, node| Some(decoder.tags(node))).unwrap_or_default()
}

pub(super) fn map(fields: &mut Fields, decoder: &mut Decoder, name: &'static str) -> Option<Node> {
    with(fields, decoder, name, Decoder::any_map)
}

pub(super) fn text_map(
    fields: &mut Fields,
    decoder: &mut Decoder,
    name: &'static str,
) -> Vec<(Spanned<String>, Spanned<String>)> {
    with(fields, decoder, name, |decoder, node| Some(decoder.text_map(node))).unwrap_or_default()
}

pub(super) fn items<T>(
    fields: &mut Fields,
    decoder: &mut Decoder,
    name: &'static str,
    decode: impl FnMut(&mut Decoder, Node) -> Option<T>,
) -> Vec<T> {
    with(fields, decoder, name, |decoder, node| Some(decoder.items(node, decode))).unwrap_or_default()
}

/// Takes a field's value and decodes it by a function.
pub(super) fn with<T>(
    fields: &mut Fields,
    decoder: &mut Decoder,
    name: &'static str,
    decode: impl FnOnce(&mut Decoder, Node) -> Option<T>,
) -> Option<T> {
    let entry = fields.take_exact(name)?;
    decoder.within(name, |decoder| decode(decoder, entry.value))
}
