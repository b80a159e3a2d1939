//! `container_limits`.

use super::decode::{Decoder, Leftovers};
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value};

const KNOWN: &[&str] = &["cpu", "memory"];

/// What a container may use.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerLimits {
    /// CPU shares.
    pub cpu: Option<Spanned<u64>>,
    /// Memory in bytes.
    pub memory: Option<Spanned<u64>>,
    /// Where the limits stand.
    pub span: Span,
}

impl ContainerLimits {
    pub(super) fn decode(decoder: &mut Decoder, node: Node) -> Option<Self> {
        if node.is_null() {
            return None;
        }
        let mut fields = decoder.fields(node)?;
        let cpu =
            fields.take("cpu").and_then(|node| decoder.within("cpu", |decoder| cpu_shares(decoder, &node)));
        let memory =
            fields.take("memory").and_then(|node| decoder.within("memory", |decoder| memory(decoder, &node)));
        let span = fields.span;
        fields.finish(decoder, KNOWN, Leftovers::Ignore);
        Some(Self { cpu, memory, span })
    }
}

fn cpu_shares(decoder: &mut Decoder, node: &Node) -> Option<Spanned<u64>> {
    match &node.value {
        Value::Number(number) => Some(Spanned::new(to_bytes(number.as_f64()), node.span)),
        Value::Null => None,
        _ => {
            decoder.bad_value("cpu limit must be an integer", node.span);
            None
        }
    }
}

fn memory(decoder: &mut Decoder, node: &Node) -> Option<Spanned<u64>> {
    let limit = match &node.value {
        Value::Number(number) => to_bytes(number.as_f64()),
        Value::String(text) => match parse_memory_limit(text) {
            Some(limit) => limit,
            None => {
                decoder.bad_value("could not parse container memory limit", node.span);
                return None;
            }
        },
        Value::Null => return None,
        // Concourse takes anything else for no limit at all.
        _ => 0,
    };
    Some(Spanned::new(limit, node.span))
}

/// Reads a memory limit: a number of bytes, with `K`, `M` or `G` of powers of 1024, in any case, with
/// or without `i` and `B` behind.
pub fn parse_memory_limit(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let factor: u64 = match text.get(digits..)?.to_ascii_lowercase().as_str() {
        "" => 1,
        "k" | "kb" | "ki" | "kib" => 1 << 10,
        "m" | "mb" | "mi" | "mib" => 1 << 20,
        "g" | "gb" | "gi" | "gib" => 1 << 30,
        _ => return None,
    };
    Some(number.wrapping_mul(factor))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "out of range becomes the nearest limit"
)]
fn to_bytes(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_units_are_powers_of_1024() {
        let cases = [
            ("1024", Some(1024)),
            ("1k", Some(1024)),
            ("2MB", Some(2 << 20)),
            ("2mib", Some(2 << 20)),
            ("1GiB", Some(1 << 30)),
            ("1B", None),
            ("1 GB", None),
            ("1.5G", None),
            ("-1", None),
            ("1T", None),
            ("", None),
            ("é", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_memory_limit(text), bytes, "{text}");
        }
    }
}
