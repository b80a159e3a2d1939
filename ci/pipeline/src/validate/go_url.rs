//! URLs as Go's `net/url` takes them apart, as far as Concourse asks.

use crate::yaml::gofmt::quote;

/// Scheme and host of a URL; both may be empty.
pub(super) struct GoUrl {
    pub(super) scheme: String,
    pub(super) host: String,
}

impl GoUrl {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// It cannot be taken apart; the text is Go's message.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fail = |reason: String| Err(format!("parse {}: {reason}", quote(text)));
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return fail("net/url: invalid control character in URL".into());
        }
        let without_fragment = text.split('#').next().unwrap_or_default();
        let Some((scheme, rest)) = split_scheme(without_fragment) else {
            return fail("missing protocol scheme".into());
        };
        let path = rest.split('?').next().unwrap_or_default();
        let first_segment = path.split('/').next().unwrap_or_default();
        if scheme.is_empty() && !path.starts_with('/') && first_segment.contains(':') {
            return fail("first path segment in URL cannot contain colon".into());
        }
        if let Some(escape) = invalid_escape(path) {
            return fail(format!("invalid URL escape {}", quote(escape)));
        }
        let authority =
            rest.strip_prefix("//").map_or("", |after| after.split(['/', '?']).next().unwrap_or_default());
        let host = authority.rsplit('@').next().unwrap_or_default();
        match split_port(host) {
            Ok(host) => Ok(Self { scheme: scheme.to_ascii_lowercase(), host: host.into() }),
            Err(port) => fail(format!("invalid port {} after host", quote(port))),
        }
    }
}

/// Returns scheme and rest; nothing when there is a colon and nothing before it.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    for (index, character) in text.char_indices() {
        match character {
            ':' if index == 0 => return None,
            ':' => return Some((&text[..index], &text[index + 1..])),
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if index > 0 => {}
            _ => return Some(("", text)),
        }
    }
    Some(("", text))
}

fn invalid_escape(path: &str) -> Option<&str> {
    path.match_indices('%').find_map(|(index, _)| {
        let escape: &str = path.get(index..index + 3).unwrap_or(&path[index..]);
        let valid = escape.len() == 3 && escape.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit());
        (!valid).then_some(escape)
    })
}

fn split_port(host: &str) -> Result<&str, &str> {
    let after_address = host.rfind(']').map_or(0, |index| index + 1);
    let Some(colon) = host[after_address..].find(':') else { return Ok(host) };
    let (name, port) = host.split_at(after_address + colon);
    if port[1..].bytes().all(|byte| byte.is_ascii_digit()) { Ok(name) } else { Err(port) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_and_hosts_are_found() {
        let cases = [
            ("https://vault:8200/x", "https", "vault"),
            ("HTTP://h", "http", "h"),
            ("/images/a.png", "", ""),
            ("images/a.png", "", ""),
            ("", "", ""),
            ("data:image/png;base64,xx", "data", ""),
            ("https://user:pw@[::1]:80/", "https", "[::1]"),
        ];
        for (text, scheme, host) in cases {
            let url = GoUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((url.scheme.as_str(), url.host.as_str()), (scheme, host), "{text}");
        }
    }

    #[test]
    fn malformed_urls_are_refused_in_go_words() {
        let cases = [
            (":x", "parse \":x\": missing protocol scheme"),
            ("a b:c", "parse \"a b:c\": first path segment in URL cannot contain colon"),
            ("http://h:x/", "parse \"http://h:x/\": invalid port \":x\" after host"),
            ("/a%zz", "parse \"/a%zz\": invalid URL escape \"%zz\""),
        ];
        for (text, message) in cases {
            assert_eq!(GoUrl::parse(text).err().as_deref(), Some(message));
        }
    }
}
