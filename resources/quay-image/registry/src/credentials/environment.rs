//! What clouds tell their machines by environment variables.

use std::collections::BTreeMap;

/// The environment variables by which clouds tell a process who it is, and tests where the clouds are.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

/// The beginnings of their names.
const PREFIXES: [&str; 4] = ["AWS_", "AZURE_", "IDENTITY_", "GCE_METADATA_"];

impl Environment {
    /// Reads the process's environment.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
            .collect()
    }

    /// Returns a variable that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
