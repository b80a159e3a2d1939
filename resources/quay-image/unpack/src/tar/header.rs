//! The 512 bytes in front of every member.

use super::number;

/// The size of a header, and what content is padded to.
pub(super) const BLOCK: usize = 512;

/// A header whose sum is right.
pub(super) struct Header<'a>(&'a [u8; BLOCK]);

impl<'a> Header<'a> {
    /// Checks the header's sum. `None` if it is wrong.
    pub(super) fn verify(block: &'a [u8; BLOCK]) -> Option<Self> {
        let expected = number::parse(&block[148..156])?;
        // The field of the sum itself counts as blanks. Some old programs added the bytes up as signed ones.
        let others = || block[..148].iter().chain(&block[156..]);
        let unsigned = 8 * i64::from(b' ') + others().map(|byte| i64::from(*byte)).sum::<i64>();
        let signed = 8 * i64::from(b' ') + others().map(|byte| i64::from(byte.cast_signed())).sum::<i64>();
        (expected == unsigned || expected == signed).then_some(Self(block))
    }

    /// Returns the name; the ustar format keeps the first part of long ones elsewhere.
    pub(super) fn path(&self) -> Vec<u8> {
        let name = until_nul(&self.0[..100]);
        match until_nul(self.prefix()) {
            b"" => name.to_vec(),
            prefix => [prefix, b"/", name].concat(),
        }
    }

    pub(super) fn link(&self) -> &[u8] {
        until_nul(&self.0[157..257])
    }

    pub(super) fn type_flag(&self) -> u8 {
        self.0[156]
    }

    pub(super) fn mode(&self) -> Option<i64> {
        number::parse(&self.0[100..108])
    }

    pub(super) fn user(&self) -> Option<i64> {
        number::parse(&self.0[108..116])
    }

    pub(super) fn group(&self) -> Option<i64> {
        number::parse(&self.0[116..124])
    }

    pub(super) fn size(&self) -> Option<i64> {
        number::parse(&self.0[124..136])
    }

    pub(super) fn modified(&self) -> Option<i64> {
        number::parse(&self.0[136..148])
    }

    /// GNU tar (magic `ustar  `) keeps times there, star (trailer `tar`) a shorter prefix.
    fn prefix(&self) -> &[u8] {
        let ustar = &self.0[257..263] == b"ustar\0";
        let star = &self.0[508..512] == b"tar\0";
        match (ustar, star) {
            (false, _) => b"",
            (true, false) => &self.0[345..500],
            (true, true) => &self.0[345..476],
        }
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    &field[..end]
}
