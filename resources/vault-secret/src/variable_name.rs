//! Names of metadata, which are local variables of a build.

/// Makes a name fit for `((.:step.name))`: `a-z`, `0-9`, `_` and `-`.
pub(crate) fn variable_name(name: &str) -> String {
    let plain = |character: char| match character.to_ascii_lowercase() {
        plain @ ('a'..='z' | '0'..='9' | '_' | '-') => plain,
        _ => '-',
    };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_variables() {
        assert_eq!(variable_name("deleted:secret/App.db"), "deleted-secret-app-db");
    }
}
