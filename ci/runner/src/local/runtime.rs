//! What containers are run by.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use super::native::on_path;
use crate::outcome::Problem;

/// OCI runtimes that are looked for, the first one first.
const KNOWN: &[&str] = &["runc", "crun", "youki"];

/// What containers are run by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Nothing: tasks run straight on this machine.
    Process,
    /// An OCI runtime: `runc`, `crun` or `youki`.
    Oci(PathBuf),
}

/// What somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RuntimeChoice {
    /// The best that is here.
    #[default]
    Best,
    /// None, though there may be one.
    Process,
    /// One by its name or path.
    Named(String),
}

/// What a choice came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The runtime.
    pub runtime: Runtime,
    /// What who asked should know.
    pub notice: Option<String>,
}

impl FromStr for RuntimeChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "auto" => Self::Best,
            "process" => Self::Process,
            name => Self::Named(name.to_owned()),
        })
    }
}

impl Runtime {
    /// Finds a runtime.
    ///
    /// # Errors
    /// The one that was named is not here.
    pub fn choose(choice: &RuntimeChoice) -> Result<Chosen, Problem> {
        match choice {
            RuntimeChoice::Process => Ok(Chosen { runtime: Self::Process, notice: None }),
            RuntimeChoice::Best => Ok(Self::best()),
            RuntimeChoice::Named(name) => {
                let found =
                    if name.contains('/') { PathBuf::from(name).canonicalize().ok() } else { on_path(name) };
                let found = found.ok_or_else(|| {
                    Problem::new(format!("the runtime `{name}` is not here"))
                        .hint(format!("install it, or choose one of {}, process", KNOWN.join(", ")))
                })?;
                Ok(Chosen { runtime: Self::Oci(found), notice: None })
            }
        }
    }

    fn best() -> Chosen {
        match KNOWN.iter().find_map(|name| on_path(name)) {
            Some(found) => Chosen { runtime: Self::Oci(found), notice: None },
            None => Chosen {
                runtime: Self::Process,
                notice: Some(format!(
                    "none of {} is here: tasks run straight on this machine, without their images",
                    KNOWN.join(", ")
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_that_is_not_here_is_refused() {
        for name in ["no-such-runtime", "/no/such/runtime"] {
            let refused = Runtime::choose(&RuntimeChoice::Named(name.into())).unwrap_err();
            assert_eq!(refused.to_string(), format!("the runtime `{name}` is not here"));
        }
    }

    #[test]
    fn choices_are_read() {
        let cases = [
            ("auto", RuntimeChoice::Best),
            ("process", RuntimeChoice::Process),
            ("crun", RuntimeChoice::Named("crun".into())),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }
}
