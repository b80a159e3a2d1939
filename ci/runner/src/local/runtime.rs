//! What containers are run by.

use std::convert::Infallible;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;

use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use super::native::on_path;
use crate::outcome::Problem;

/// OCI runtimes that are looked for, the first one first.
const KNOWN: &[&str] = &["runc", "crun", "youki"];

const NO_NAMESPACES: &str = "containers need root or user namespaces, which users do not have here";
/// How the process that tries tells that it worked.
const WORKED: i32 = libc::ECANCELED;

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
                if !can_make_namespaces() {
                    return Err(
                        Problem::new(NO_NAMESPACES).hint("run it as root, or with `--runtime process`")
                    );
                }
                Ok(Chosen { runtime: Self::Oci(found), notice: None })
            }
        }
    }

    fn best() -> Chosen {
        let missing = match KNOWN.iter().find_map(|name| on_path(name)) {
            Some(found) if can_make_namespaces() => {
                return Chosen { runtime: Self::Oci(found), notice: None };
            }
            Some(_) => NO_NAMESPACES.to_owned(),
            None => format!("none of {} is here", KNOWN.join(", ")),
        };
        let notice = format!("{missing}: tasks run straight on this machine, without their images");
        Chosen { runtime: Self::Process, notice: Some(notice) }
    }
}

/// Returns whether we may make the namespaces of a container: root may, others where users have user namespaces.
fn can_make_namespaces() -> bool {
    if rustix::process::geteuid().is_root() {
        return true;
    }
    // The second process only tries; it never becomes another program.
    let mut attempt = Command::new("/");
    // SAFETY: system calls alone, which are safe between fork and exec.
    unsafe { attempt.pre_exec(try_namespaces) };
    attempt.spawn().is_err_and(|error| error.raw_os_error() == Some(WORKED))
}

/// Makes a user namespace and sees whether it brings the right to mount, which some systems take away again.
fn try_namespaces() -> io::Result<()> {
    // SAFETY: a process that was just forked has a single thread and shares no files by CLONE_FILES.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNS) }?;
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)?;
    Err(io::Error::from_raw_os_error(WORKED))
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
