//! Child processes that never outlive the test process.

use std::fs::{self, File};
use std::io;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::address::address;

/// A server that is not up by then never will be; a loaded two-core machine takes a tenth of it.
const START_LIMIT: Duration = Duration::from_secs(90);
/// How long a server may take to stop before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(5);

/// A running server, which ends with its handle or with the test process.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    stop_signal: Signal,
}

impl Process {
    /// Starts a server that is killed outright when it is no longer wanted. Its output goes to `<folder>/<name>.log`.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn start(name: &str, command: Command, folder: &Path) -> Self {
        Self::start_stopped_by(Signal::KILL, name, command, folder)
    }

    /// Starts a server that gets `stop_signal` when its handle is dropped or the test process dies.
    pub(crate) fn start_stopped_by(
        stop_signal: Signal,
        name: &str,
        mut command: Command,
        folder: &Path,
    ) -> Self {
        let log = folder.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log);
        let output = output.unwrap_or_else(|error| panic!("cannot write {}: {error}", log.display()));
        let errors = output.try_clone().expect("a second handle of the log");
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        die_with_parent(&mut command, stop_signal);
        let program = command.get_program().to_owned();
        let child = spawn(command).unwrap_or_else(|error| {
            panic!("cannot start {name} from {}: {error}", program.to_string_lossy())
        });
        Self { name: name.to_owned(), child, log, stop_signal }
    }

    /// Waits until `ready` says so.
    ///
    /// # Panics
    ///
    /// When the server exits instead, or takes too long: with the end of its log.
    pub fn wait_until(&mut self, what: &str, mut ready: impl FnMut() -> bool) {
        let started = Instant::now();
        while !ready() {
            if let Some(status) = self.exit_status() {
                panic!("{} ended with {status} before {what}; its log ends:\n{}", self.name, self.log_end());
            }
            if started.elapsed() > START_LIMIT {
                panic!(
                    "{} not there after {START_LIMIT:?}: {what}; its log ends:\n{}",
                    self.name,
                    self.log_end()
                );
            }
            thread::sleep(POLL);
        }
    }

    /// Waits until something accepts connections on a port.
    pub(crate) fn wait_until_listening(&mut self, port: u16) {
        self.wait_until("it listened", || TcpStream::connect((address(), port)).is_ok());
    }

    /// Waits until the server prints a line that starts with `start`, and returns the rest of it.
    pub(crate) fn wait_for_line(&mut self, what: &str, start: &str) -> String {
        let log = self.log.clone();
        let mut rest = None;
        self.wait_until(what, || {
            rest = whole_lines(&read(&log)).find_map(|line| line.strip_prefix(start).map(String::from));
            rest.is_some()
        });
        rest.expect("waited for it")
    }

    /// Returns the server's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns all that the server has printed.
    pub(crate) fn log(&self) -> String {
        read(&self.log)
    }

    fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of this process can be waited for")
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a child's process id");
        // It may be gone already, which is what is wanted.
        let _ = rustix::process::kill_process(id, signal);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Once waited for, its id may belong to another process.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        self.signal(self.stop_signal);
        let started = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if started.elapsed() > STOP_LIMIT {
                self.signal(Signal::KILL);
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn read(log: &Path) -> String {
    String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned()
}

/// Returns the lines that are written to their end.
fn whole_lines(log: &str) -> impl Iterator<Item = &str> {
    log.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'))
}

/// Asks the kernel to send `signal` to the child when its parent dies, by whatever signal.
fn die_with_parent(command: &mut Command, signal: Signal) {
    let parent = rustix::process::getpid();
    let ask = move || {
        rustix::process::set_parent_process_death_signal(Some(signal))?;
        // The parent may have died before the kernel was asked.
        if rustix::process::getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; these are two plain system calls.
    unsafe { command.pre_exec(ask) };
}

/// Starts a child from a thread that lives as long as the process.
///
/// The kernel counts the death of the *thread* that forked as the parent's, and a test's thread ends with its test
/// while a server may be shared by several.
fn spawn(command: Command) -> io::Result<Child> {
    type Order = (Command, mpsc::Sender<io::Result<Child>>);
    static ORDERS: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let orders = ORDERS.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Order>();
        thread::Builder::new()
            .name("stack-spawner".into())
            .spawn(move || {
                for (mut command, answer) in receiver {
                    let _ = answer.send(command.spawn());
                }
            })
            .expect("a thread that starts servers");
        sender
    });
    let (sender, receiver) = mpsc::channel();
    orders.send((command, sender)).expect("the spawning thread never ends");
    receiver.recv().expect("the spawning thread never ends")
}
