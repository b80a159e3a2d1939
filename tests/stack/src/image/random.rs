//! Content that is the same for the same seed.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// Returns bytes that no compressor shrinks.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// Returns bytes that gzip shrinks to about a third, as it does programs and text.
pub fn prose(seed: u64, length: usize) -> Vec<u8> {
    const WORDS: usize = 4096;
    const WORD_BYTES: usize = 6;
    // The same vocabulary for every seed, so that equal texts differ only where seeds do.
    let vocabulary = noise(0, WORDS * WORD_BYTES);
    let mut choose = ChaCha8Rng::seed_from_u64(seed);
    let mut text = Vec::with_capacity(length + WORD_BYTES);
    while text.len() < length {
        let start = choose.next_u32() as usize % WORDS * WORD_BYTES;
        text.extend_from_slice(&vocabulary[start..start + WORD_BYTES]);
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_depends_on_the_seed_alone() {
        assert_eq!(noise(7, 1000), noise(7, 1000));
        assert_ne!(noise(7, 1000), noise(8, 1000));
        assert_eq!(prose(7, 1000), prose(7, 1000));
        assert_ne!(prose(7, 1000), prose(8, 1000));
    }

    #[test]
    fn prose_shrinks_to_about_a_third_and_noise_not_at_all() {
        let packed = |bytes: Vec<u8>| zstd::encode_all(bytes.as_slice(), 3).unwrap().len();
        let length = 1_000_000;
        assert!((length / 4..length / 2).contains(&packed(prose(1, length))), "{}", packed(prose(1, length)));
        assert!(packed(noise(1, length)) >= length);
    }
}
