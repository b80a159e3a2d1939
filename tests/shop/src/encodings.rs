//! The texts that would give a secret away.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Lines of a key that are shorter say nothing of it.
const SHORTEST_LINE: usize = 8;

/// Returns every encoding of a secret and of each of its lines, and the first half of each: a text that is cut must not
/// show it either.
pub fn of(secret: &str) -> BTreeSet<String> {
    let secret = secret.trim_end();
    let lines = secret.lines().filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"));
    let halves = lines.clone().map(|line| line[..line.len() / 2].to_owned());
    std::iter::once(secret).chain(lines).flat_map(of_piece).chain(halves).collect()
}

fn of_piece(piece: &str) -> Vec<String> {
    let hex: String = piece.bytes().map(|byte| format!("{byte:02x}")).collect();
    let quoted = serde_json::Value::from(piece).to_string();
    let mut forms = vec![
        piece.to_owned(),
        hex.to_uppercase(),
        hex,
        quoted[1..quoted.len() - 1].to_owned(),
        percent(piece, "", false),
        percent(piece, "", true),
        percent(piece, "-._~", false),
        percent(piece, "-._*", false).replace("%20", "+"),
    ];
    forms.extend((0..3).flat_map(|before| base64_within(piece.as_bytes(), before)));
    forms
}

/// Returns what of the base64 of a longer text depends on the secret alone, where `before` bytes stand before it.
fn base64_within(secret: &[u8], before: usize) -> [String; 2] {
    let text: Vec<u8> = vec![0; before].into_iter().chain(secret.iter().copied()).collect();
    let (first, last) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
    [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)].map(|text| text[first..last].to_owned())
}

fn percent(text: &str, kept: &str, lower_case: bool) -> String {
    let one = |byte: u8| match char::from(byte) {
        letter if letter.is_ascii_alphanumeric() || kept.contains(letter) => letter.to_string(),
        _ if lower_case => format!("%{byte:02x}"),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[test]
fn a_secret_is_recognised_in_what_it_is_part_of() {
    use base64::engine::general_purpose::STANDARD;
    let secret = "c4 1f/+=\"\\&%z";
    let texts = [
        format!("the password {secret}."),
        format!("Basic {}", STANDARD.encode(format!("ann:{secret}"))),
        format!("Basic {}", STANDARD.encode(format!("bo:{secret}!"))),
        "?password=c4%201f%2F%2B%3D%22%5C%26%25z".to_owned(),
        "?password=c4+1f%2F%2B%3D%22%5C%26%25z".to_owned(),
        r#"{"password": "c4 1f/+=\"\\&%z"}"#.to_owned(),
        "63342031662f2b3d225c26257a".to_owned(),
    ];
    for text in texts {
        assert!(of(secret).iter().any(|form| text.contains(form)), "{text}");
    }
    assert!(!of(secret).iter().any(|form| "no secret in here".contains(form)));
}
