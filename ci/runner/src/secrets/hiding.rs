//! Keeping values out of all that is printed.

use pipeline::yaml::Node;

/// Words that hide nothing when they are hidden, and make every log unreadable: a manager of secrets also holds
/// switches.
const COMMON: &[&str] = &["true", "false", "null", "none", "yes", "no", "on", "off"];

/// Registers all texts of a value, so that nothing prints them.
pub fn hide(value: &Node) {
    value.walk(&mut |node| {
        if let Some(text) = node.as_str() {
            hide_text(text);
        }
    });
}

/// Registers a text, so that nothing prints it. Very short ones and words such as `true` are left out.
pub fn hide_text(text: &str) {
    let word = text.trim();
    if !COMMON.iter().any(|common| word.eq_ignore_ascii_case(common)) {
        kit::redact::register(text);
    }
}

#[cfg(test)]
mod tests {
    use pipeline::yaml;

    use super::*;

    #[test]
    fn switches_stay_readable() {
        let yaml = "{a: 'true', b: 'False\n', c: [hiding-canary, x], d: {e: no, f: canary-below}}";
        hide(&yaml::read(yaml).unwrap().root.unwrap());
        let text = "true False x no hiding-canary canary-below";
        assert_eq!(kit::redact::scrub(text), "true False x no ((redacted)) ((redacted))");
    }
}
