//! Random texts.

use kit::Secret;
use rand::RngExt;

/// Letters and digits: no shell, URL or configuration file gives them another meaning.
pub(crate) const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Returns a text of `length` characters of `charset`, each equally likely. An empty charset gives an empty text.
pub(crate) fn text(length: usize, charset: &str) -> Secret {
    let characters: Vec<char> = charset.chars().collect();
    if characters.is_empty() {
        return Secret::default();
    }
    // The thread's generator is a cryptographic one, seeded by the system.
    let mut generator = rand::rng();
    let text: String = (0..length).map(|_| characters[generator.random_range(0..characters.len())]).collect();
    Secret::new(text)
}
