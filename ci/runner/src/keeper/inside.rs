//! The keeper itself.

use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::FromRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitCode, ExitStatus};

use rustix::process::{Pid, Signal};

use super::container::{NamespaceHolder, remove_leftovers, why_not_started, write_config};
use super::listen::Kept;
use super::protocol::{Container, Report, SOCKET, Session, Work};
use super::{descendants, mounts};

/// Does a keeper's work: reads from file descriptor 3 what to start, starts it, and reports how it ended.
///
/// It must be called before the process has more than one thread.
pub fn keep() -> ExitCode {
    // SAFETY: whoever starts a keeper hands the socket over at this number, and nothing else uses it.
    let socket = unsafe { UnixStream::from_raw_fd(SOCKET) };
    match serve(socket) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(mut socket: UnixStream) -> io::Result<()> {
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    let mut reader = BufReader::new(socket.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let work: Work = serde_json::from_str(&line)?;
    let report = match start(&work) {
        Ok(started) => started.keep(reader, &work),
        Err(reason) => {
            descendants::kill_all();
            Report::NotStarted(reason)
        }
    };
    socket.write_all(serde_json::to_string(&report)?.as_bytes())?;
    socket.write_all(b"\n")
}

/// What runs.
struct Started {
    child: Child,
    holder: Option<NamespaceHolder>,
}

fn start(work: &Work) -> Result<Started, String> {
    let told = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    descendants::adopt_orphans().map_err(told("cannot adopt orphans"))?;
    let is_rootless = work.container.as_ref().is_some_and(|container| container.is_rootless);
    if !work.mounts.is_empty() || work.container.is_some() {
        mounts::enter_namespace(is_rootless).map_err(told("cannot make a namespace for mounts"))?;
    }
    for mount in &work.mounts {
        mounts::make(mount, is_rootless)?;
    }
    let holder = match &work.container {
        Some(container) => {
            let holder = NamespaceHolder::start(&container.bundle)
                .map_err(told("cannot make a namespace for processes"))?;
            write_config(container, &holder).map_err(told("cannot write the container's configuration"))?;
            Some(holder)
        }
        None => None,
    };
    let child = spawn(work).map_err(|error| {
        let program = work.command.first().map_or("", String::as_str);
        format!("cannot start `{program}`: {error}")
    })?;
    Ok(Started { child, holder })
}

fn spawn(work: &Work) -> io::Result<Child> {
    let (program, arguments) = work.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(work.environment.iter().map(|(name, value)| (name, value)));
    command.current_dir(&work.folder);
    let session = work.session;
    // SAFETY: system calls alone, which are safe between fork and exec.
    unsafe {
        command.pre_exec(move || {
            join_session(session)?;
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
            Ok(())
        });
    }
    let child = command.spawn()?;
    if work.session == Session::Shared {
        // What is typed is for the process; the keeper outlives it.
        // SAFETY: ignoring a signal has no handler that could go wrong.
        unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
    }
    Ok(child)
}

fn join_session(session: Session) -> io::Result<()> {
    if session == Session::Shared {
        return Ok(());
    }
    rustix::process::setsid()?;
    // SAFETY: it takes no memory; 0 is the process's input.
    if session == Session::Terminal && unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

impl Started {
    /// Waits for the end, doing what is told meanwhile, and leaves nothing behind.
    fn keep(mut self, orders: BufReader<UnixStream>, work: &Work) -> Report {
        let Some(process) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return Report::NotStarted("the process has no number".into());
        };
        let kept = Kept::new(process, self.holder.as_ref().map(|holder| holder.process));
        kept.listen(orders);
        let status = self.wait(process, &kept);
        if let Some(holder) = &self.holder {
            holder.end();
        }
        descendants::kill_all();
        if let Some(container) = work.container.as_ref().filter(|container| !is_clean(&status, container)) {
            remove_leftovers(container);
        }
        match status {
            Ok(status) => report(status, work),
            Err(error) => Report::NotStarted(format!("cannot wait for the process: {error}")),
        }
    }

    /// Waits for the process without taking its number away, then takes it when nobody signals to it any more.
    fn wait(&mut self, process: Pid, kept: &Kept) -> io::Result<ExitStatus> {
        let options = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
        rustix::io::retry_on_intr(|| {
            rustix::process::waitid(rustix::process::WaitId::Pid(process), options)
        })?;
        kept.has_ended();
        self.child.wait()
    }
}

/// Returns whether a runtime had the time to remove what it made: nobody killed it, and it did not give up halfway.
fn is_clean(status: &io::Result<ExitStatus>, container: &Container) -> bool {
    let ended_by_itself = status.as_ref().is_ok_and(|status| status.signal().is_none());
    ended_by_itself && !container.state.exists() && why_not_started(&container.log).is_none()
}

fn report(status: ExitStatus, work: &Work) -> Report {
    if let Some(container) = &work.container
        && !status.success()
        && let Some(reason) = why_not_started(&container.log)
    {
        return Report::NotStarted(reason);
    }
    Report::Exited(status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1))
}
