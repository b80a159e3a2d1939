//! Whose the files of a layer are.

use std::str::FromStr;

/// A user's and a group's number. The default is root's. Names would need the base's `/etc/passwd`, which is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user: u32,
    /// The group.
    pub group: u32,
}

/// A text that is no owner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no owner: two numbers are expected, as in `1000:1000`")]
pub struct InvalidOwner(String);

impl FromStr for Owner {
    type Err = InvalidOwner;

    /// Reads `user:group`, or `user` for the group of the same number.
    fn from_str(text: &str) -> Result<Self, InvalidOwner> {
        let (user, group) = text.split_once(':').unwrap_or((text, text));
        let number = |part: &str| match part.bytes().all(|digit| digit.is_ascii_digit()) {
            // The largest one means "leave it" to chown.
            true => part.parse::<u32>().ok().filter(|number| *number != u32::MAX),
            false => None,
        };
        number(user)
            .zip(number(group))
            .map(|(user, group)| Self { user, group })
            .ok_or_else(|| InvalidOwner(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_one_or_two_numbers() {
        let cases = [
            ("0:0", Some((0, 0))),
            ("1000", Some((1000, 1000))),
            ("65532:100", Some((65532, 100))),
            ("", None),
            ("root", None),
            ("1000:", None),
            ("-1:0", None),
            ("+1:0", None),
            ("4294967295", None),
            ("1:2:3", None),
        ];
        for (text, expected) in cases {
            let found = text.parse::<Owner>().ok().map(|owner| (owner.user, owner.group));
            assert_eq!(found, expected, "{text}");
        }
    }
}
