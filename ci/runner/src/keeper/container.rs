//! What a container needs beside its runtime: a PID namespace whose first process is ours.
//!
//! So the container's process has a number above 1, as on a worker: signals end it without a handler of its own. And
//! everything in the namespace ends with its first process.

use std::ffi::CString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, wait};
use serde_json::{Value as Json, json};

use super::control_groups;
use super::protocol::Container;

/// The first process of a PID namespace. It ends when it is killed, or with the keeper.
pub(super) struct NamespaceHolder {
    pub(super) process: Pid,
}

impl NamespaceHolder {
    /// Makes a namespace. All that its first process sees of the file system is an empty folder in the bundle: a
    /// container could look through its eyes otherwise.
    pub(super) fn start(bundle: &Path) -> io::Result<Self> {
        let empty = bundle.join("empty");
        fs::create_dir_all(&empty)?;
        let empty = CString::new(empty.as_os_str().as_bytes())?;
        let flags = libc::CLONE_NEWPID | libc::SIGCHLD;
        // SAFETY: like fork; the keeper has a single thread, and the child calls nothing but the kernel.
        let id = unsafe {
            libc::syscall(libc::SYS_clone, libc::c_long::from(flags), 0_usize, 0_usize, 0_usize, 0_usize)
        };
        match id {
            0 => hold(&empty),
            id => match i32::try_from(id).ok().and_then(Pid::from_raw) {
                Some(process) if id > 0 => Ok(Self { process }),
                _ => Err(io::Error::last_os_error()),
            },
        }
    }

    /// Ends the namespace and all in it.
    ///
    /// Its first process ends after the last of the others, and they only when somebody waits for them: those that the
    /// runtime left are our children too.
    pub(super) fn end(&self) {
        // It may be gone already; its number is ours until we wait for it.
        let _gone = rustix::process::kill_process(self.process, Signal::KILL);
        loop {
            match wait(WaitOptions::empty()) {
                Ok(Some((ended, _))) if ended == self.process => return,
                Ok(_) | Err(Errno::INTR) => {}
                Err(_there_are_none) => return,
            }
        }
    }
}

/// What the first process of the namespace does: nothing but reaping, until it is killed.
fn hold(empty: &CString) -> ! {
    // SAFETY: system calls alone, on nothing shared; `empty` ends with a zero byte.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        // Children of a process that ignores this signal need no reaping.
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        libc::syscall(libc::SYS_close_range, 0_u32, u32::MAX, 0_u32);
        if libc::chroot(empty.as_ptr()) != 0 || libc::chdir(c"/".as_ptr()) != 0 {
            libc::_exit(1);
        }
        loop {
            libc::pause();
        }
    }
}

/// Writes the container's configuration for its runtime.
pub(super) fn write_config(container: &Container, holder: &NamespaceHolder) -> io::Result<()> {
    let mut config = container.config.clone();
    let path = format!("/proc/{}/ns/pid", holder.process.as_raw_nonzero());
    let namespaces = config.pointer_mut("/linux/namespaces").and_then(Json::as_array_mut);
    if let Some(namespaces) = namespaces {
        namespaces.push(json!({ "type": "pid", "path": path }));
    }
    let file = container.bundle.join("config.json");
    // It holds the environment, and with it secrets.
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(config.to_string().as_bytes())
}

/// Removes what the runtime left when it did not end by itself: control groups above all. The container's processes
/// must be gone.
pub(crate) fn remove_leftovers(container: &Container) {
    let Some((program, arguments)) = container.removal.split_first() else { return };
    if container.state.exists() {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let _removed = command.status();
    }
    // A runtime that was killed early has not noted what it made.
    if let Some(name) = container.state.file_name() {
        control_groups::remove(&name.to_string_lossy());
    }
}

/// Returns why the runtime could not start the container: what it logged as an error.
pub(super) fn why_not_started(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    let mut errors = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let error = errors.rfind(|line| line["level"] == "error")?;
    error["msg"].as_str().map(str::to_owned)
}
