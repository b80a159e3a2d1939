//! Keeps secrets out of everything that is printed.
//!
//! The registry is one for the process, because a secret must not be printed by any part of it. It only ever grows.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in the place of a secret; Concourse uses the same text.
pub const REPLACEMENT: &str = "((redacted))";

/// Secrets shorter than this many bytes are not searched for: hiding every `a` or `yes` would make logs unreadable
/// and would hide nothing.
pub const SHORTEST: usize = 4;

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { forms: BTreeSet::new(), longest: 0, matcher: None });

struct Registry {
    forms: BTreeSet<String>,
    longest: usize,
    matcher: Option<Arc<AhoCorasick>>,
}

/// Registers `value` so that [`scrub`] hides it from now on: whole, each of its lines, and the base64, URL-encoded,
/// hexadecimal and JSON-escaped forms of each.
pub fn register(value: &str) {
    let pieces = std::iter::once(value).chain(value.lines()).map(str::trim);
    let forms = pieces.filter(|piece| piece.len() >= SHORTEST).flat_map(forms_of);
    let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    let before = registry.forms.len();
    registry.forms.extend(forms);
    if registry.forms.len() != before {
        registry.longest = registry.forms.iter().map(String::len).max().unwrap_or(0);
        registry.matcher = None;
    }
}

/// Returns `text` with every registered secret replaced by [`REPLACEMENT`].
pub fn scrub(text: &str) -> Cow<'_, str> {
    match matcher() {
        Some(matcher) if matcher.is_match(text) => {
            let mut scrubbed = String::with_capacity(text.len());
            matcher.replace_all_with(text, &mut scrubbed, |_, _, into| {
                into.push_str(REPLACEMENT);
                true
            });
            Cow::Owned(scrubbed)
        }
        _ => Cow::Borrowed(text),
    }
}

/// Returns the length in bytes of the longest form that [`scrub`] looks for; 0 when there is none.
///
/// Who cuts a stream into pieces must keep that much back, so that no secret is cut in two.
pub fn longest() -> usize {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner).longest
}

fn matcher() -> Option<Arc<AhoCorasick>> {
    let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    if registry.matcher.is_none() && !registry.forms.is_empty() {
        let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&registry.forms);
        // Building fails only for more patterns than memory holds; the process would not have come this far.
        registry.matcher = built.ok().map(Arc::new);
    }
    registry.matcher.clone()
}

fn forms_of(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    forms.extend(base64_forms(value.as_bytes()));
    let encoded = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    forms.push(encoded.replace("%20", "+"));
    forms.extend(partly_encoded(value));
    forms.push(lower_case_escapes(&encoded));
    forms.push(encoded);
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.push(hex.to_uppercase());
    forms.push(hex);
    if let Ok(json) = serde_json::to_string(value) {
        forms.push(json[1..json.len() - 1].to_owned());
    }
    forms
}

/// Base64 of the value, alone and inside a longer text, where it starts at each of the three positions of a group
/// (`user:password` in a basic `Authorization` header). Characters that depend on the neighbours are left out.
fn base64_forms(value: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        forms.push(engine.encode(value));
        for before in 0..3_usize {
            let mut shifted = vec![0; before];
            shifted.extend_from_slice(value);
            let whole_groups = shifted.len() / 3 * 4;
            let encoded = engine.encode(&shifted);
            let first = (before * 8).div_ceil(6);
            let inner = &encoded[first.min(whole_groups)..whole_groups];
            if inner.len() >= SHORTEST {
                forms.push(inner.to_owned());
            }
        }
    }
    forms
}

/// What form encoders and query builders make of it: they leave `-`, `_`, `.`, `*` or `~` as they are.
fn partly_encoded(value: &str) -> [String; 2] {
    const FORM: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*');
    const UNRESERVED: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    [
        utf8_percent_encode(value, FORM).to_string().replace("%20", "+"),
        utf8_percent_encode(value, UNRESERVED).to_string(),
    ]
}

fn lower_case_escapes(encoded: &str) -> String {
    let mut result = String::with_capacity(encoded.len());
    let mut escape = 0;
    for character in encoded.chars() {
        if character == '%' {
            escape = 2;
            result.push('%');
        } else if escape > 0 {
            escape -= 1;
            result.push(character.to_ascii_lowercase());
        } else {
            result.push(character);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn every_form_of_a_secret_is_hidden() {
        register("canary/one+two three");
        let basic = STANDARD.encode("robot:canary/one+two three");
        let cases = [
            "canary/one+two three",
            "canary%2Fone%2Btwo%20three",
            "canary%2fone%2btwo%20three",
            "canary%2Fone%2Btwo+three",
            "63616e6172792f6f6e652b74776f207468726565",
            &STANDARD.encode("canary/one+two three"),
        ];
        for case in cases {
            assert!(!scrub(&format!("x {case} y")).contains(case), "{case}");
            assert!(scrub(&format!("x {case} y")).contains(REPLACEMENT), "{case}");
        }
        let scrubbed = scrub(&basic).into_owned();
        assert!(scrubbed.contains(REPLACEMENT) && scrubbed.len() < basic.len(), "{scrubbed}");
    }

    #[test]
    fn each_line_of_a_secret_is_hidden_alone() {
        register("-----BEGIN CANARY-----\n  line-two-canary\nend");
        assert_eq!(scrub("at line-two-canary."), format!("at {REPLACEMENT}."));
        assert_eq!(scrub("the end"), "the end", "lines that are too short are left");
    }

    #[test]
    fn text_without_secrets_is_not_copied() {
        assert!(matches!(scrub("nothing here"), Cow::Borrowed(_)));
    }
}
