//! Values of the command line that are kept out of all that is printed, by their names.

use pipeline::vars::FlyVariables;
use pipeline::yaml::Node;
use runner::secrets::hide_text;

use crate::failure::Failure;

/// What the name of a secret ends with. Words around it are parted by `-`, `_` or `.`, or by capitals.
const ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "apikey",
    "secret_id",
    "api_key",
    "access_key",
    "secret_key",
    "private_key",
    "signing_key",
    "encryption_key",
    "ssh_key",
    "deploy_key",
];
/// Values shorter than this, in bytes, could be any word of a log.
const SHORTEST: usize = 6;

/// Keeps values of the command line out of all that is printed whose names say that they are secret. Hiding every
/// value would make logs unreadable: a branch is given in the same way. So would hiding what only stands beside a
/// secret, as `token_url` or `secret-name` do.
///
/// # Errors
/// Flags contradict each other.
pub(crate) fn hide_by_name(variables: &FlyVariables) -> Result<(), Failure> {
    for set in variables.sets().map_err(Failure::new)? {
        set.values().iter().for_each(|entry| hide_below(entry.name(), &entry.value));
    }
    Ok(())
}

fn hide_below(name: &str, value: &Node) {
    match value.as_map() {
        Some(map) => map.iter().for_each(|entry| match is_secret(name) {
            // All of `credentials: {user: …, key: …}`.
            true => hide_below(name, &entry.value),
            false => hide_below(entry.name(), &entry.value),
        }),
        None if is_secret(name) => value.walk(&mut |node| {
            if let Some(text) = node.as_str().filter(|text| is_worth_hiding(text)) {
                hide_text(text);
            }
        }),
        None => {}
    }
}

fn is_secret(name: &str) -> bool {
    let name = in_small_letters(name);
    let name = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '_');
    ENDINGS.iter().any(|ending| {
        name.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    })
}

/// `apiToken`, `api-token` and `api.token` are `api_token`.
fn in_small_letters(name: &str) -> String {
    let mut small = String::with_capacity(name.len() + 4);
    let mut was_small = false;
    for character in name.chars() {
        if character.is_uppercase() && was_small {
            small.push('_');
        }
        was_small = character.is_lowercase() || character.is_ascii_digit();
        match character {
            '-' | '.' | ' ' | '/' => small.push('_'),
            character => small.extend(character.to_lowercase()),
        }
    }
    small
}

/// Returns whether a text can be a secret that somebody could not guess: no short word, and no small number.
fn is_worth_hiding(text: &str) -> bool {
    let text = text.trim();
    let is_small_number = text.len() < 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() >= SHORTEST && !is_small_number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_secrets_from_what_stands_beside_them() {
        let secret = [
            "password",
            "db-password",
            "db.password",
            "DB_PASSWORD",
            "githubToken",
            "TOKEN",
            "token2",
            "client_secret",
            "aws_access_key",
            "apikey",
            "approle.secret_id",
            "registry-credentials",
        ];
        let other = [
            "branch",
            "token_url",
            "secret-name",
            "password_file",
            "tokenizer",
            "private",
            "private-repository",
            "access_key_id",
            "key",
            "secretary",
            "token_ttl",
            "compass",
        ];
        for name in secret {
            assert!(is_secret(name), "{name}");
        }
        for name in other {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn short_words_and_numbers_are_not_worth_hiding() {
        for text in ["", "a", "ab", "main", "true", "1234567", " false "] {
            assert!(!is_worth_hiding(text), "{text}");
        }
        for text in ["hunter2", "correct horse", "12345678", "s3cr3t"] {
            assert!(is_worth_hiding(text), "{text}");
        }
    }
}
