//! a secret written out in the pipeline

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::yaml::Node;
use regex::Regex;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "plain-secret",
    severity: Severity::Error,
    summary: "a secret written out in the pipeline",
    explanation: "\
A pipeline's text is in a repository, in Concourse's database, and for public pipelines on its page. Secrets
belong in a credential manager: `password: ((registry.password))`.

Found are private keys and tokens by their shape, and text in fields that hold secrets.
",
};

/// Shapes of secrets, and what each is.
const SHAPES: &[(&str, &str)] = &[
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
    (r"\b(AKIA|ASIA)[0-9A-Z]{16}\b", "an AWS access key"),
    (r"\bgh[pousr]_[A-Za-z0-9]{36,}\b", "a GitHub token"),
    (r"\bgithub_pat_[A-Za-z0-9_]{60,}\b", "a GitHub token"),
    (r"\bglpat-[A-Za-z0-9_-]{20,}", "a GitLab token"),
    (r"\bxox[abprs]-[A-Za-z0-9-]{10,}", "a Slack token"),
    (r"https://hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]{16,}", "a Slack webhook"),
    (r"\bAIza[0-9A-Za-z_-]{35}\b", "a Google API key"),
    (r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}", "a JSON web token"),
    (r"\bhvs\.[A-Za-z0-9_-]{24,}", "a Vault token"),
    (r"\bnpm_[A-Za-z0-9]{36}\b", "an npm token"),
    (r"\bdckr_pat_[A-Za-z0-9_-]{20,}", "a Docker token"),
];

/// Ends of the names of fields that hold secrets.
const SECRET_FIELDS: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "token",
    "private_key",
    "secret_key",
    "secret_access_key",
    "api_key",
    "apikey",
    "passphrase",
    "client_secret",
];

/// Text below this many bits a character is a word or a placeholder.
const MIN_ENTROPY_BITS: f64 = 3.0;

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(root) = context.root() else { return };
    let shapes: Vec<(Regex, &str)> = SHAPES
        .iter()
        .filter_map(|(shape, what)| Regex::new(shape).ok().map(|shape| (shape, *what)))
        .collect();
    root.walk(&mut |node| {
        if let Some(text) = node.as_str()
            && let Some((_, what)) = shapes.iter().find(|(shape, _)| shape.is_match(text))
        {
            report(found, format!("this looks like {what}"), node);
        }
        for entry in node.as_map().into_iter().flatten() {
            let Some(text) =
                entry.value.as_str().filter(|text| is_secret_field(entry.name()) && looks_random(text))
            else {
                continue;
            };
            if !shapes.iter().any(|(shape, _)| shape.is_match(text)) {
                report(found, format!("`{}` is written out", entry.name()), &entry.value);
            }
        }
    });
}

fn report(found: &mut Vec<Diagnostic>, message: String, node: &Node) {
    found.push(
        Diagnostic::new(&INFO, message, node.span)
            .label("everybody who reads the pipeline can read it")
            .help("put it into a credential manager, use `((a variable))` here, and replace the secret: it is known by now"),
    );
}

fn is_secret_field(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET_FIELDS.iter().any(|field| name == *field || name.ends_with(&format!("_{field}")))
}

/// Returns whether text is more than words, a path or a placeholder.
fn looks_random(text: &str) -> bool {
    let is_plain = text.len() >= 12 && !text.contains("((") && !text.contains(char::is_whitespace);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    is_plain && !text.contains('$') && has_digit && !is_words(text) && entropy(text) >= MIN_ENTROPY_BITS
}

/// Returns whether text is made of words and numbers, such as `my-service-token-2` or `path/to/token1`.
fn is_words(text: &str) -> bool {
    let is_word = |part: &str| {
        let letters = part.trim_end_matches(|character: char| character.is_ascii_digit());
        letters.bytes().all(|byte| byte.is_ascii_lowercase()) && part.len() - letters.len() <= 4
    };
    text.split(|character: char| !character.is_alphanumeric()).all(is_word)
}

/// Returns the bits that each character carries on average.
fn entropy(text: &str) -> f64 {
    let mut counts = std::collections::HashMap::new();
    text.chars().for_each(|character| *counts.entry(character).or_insert(0.0) += 1.0);
    let total: f64 = counts.values().sum();
    counts.values().map(|count: &f64| -(count / total) * (count / total).log2()).sum()
}
