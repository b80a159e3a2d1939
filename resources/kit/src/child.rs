//! Child processes: their output is scrubbed, secrets reach them by files or pipes, and none outlives the step.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, ReadBuf};

use crate::{Context, Error, Result, redact, report};

/// How long a child that was asked to stop may take.
const STOP_GRACE: Duration = Duration::from_secs(3);
/// Longer lines are cut into pieces of this many bytes.
const LONGEST_LINE: u64 = 64 * 1024;

/// A program to run.
///
/// It gets an empty environment but for what [`Child::env`] adds, runs in a process group of its own, is stopped by
/// SIGTERM when the step is aborted, and dies with us when we are killed.
pub struct Child {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    input: Vec<u8>,
    quiet: bool,
    files: bool,
    capture: usize,
}

/// What a child left.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its stdout, up to the limit that was set; not scrubbed, since programs parse it.
    pub stdout: Vec<u8>,
    /// The last lines of its stderr, scrubbed.
    pub stderr: String,
}

impl Child {
    /// Returns a child that will run `program` without arguments.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
            input: Vec::new(),
            quiet: false,
            files: false,
            capture: 1024 * 1024,
        }
    }

    /// Adds an argument. Everybody can read a command line: never a secret.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of the child's environment, which only the same user can read.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets the folder that the child runs in.
    #[must_use]
    pub fn current_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sets what the child reads on stdin; nothing by default.
    #[must_use]
    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Keeps the child's stderr out of the log; it is still in [`Output::stderr`].
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Lets the child write into files that have no name, instead of pipes; its stderr is shown when it has ended.
    ///
    /// A pipe breaks when we are killed, and a program that writes into it dies of that in the middle of what it does
    /// to end well: Helm, before it has marked its release as failed.
    #[must_use]
    pub fn into_files(mut self) -> Self {
        self.files = true;
        self
    }

    /// Sets how many bytes of stdout are kept (1 MiB by default). More is an error.
    #[must_use]
    pub fn capture(mut self, limit: usize) -> Self {
        self.capture = limit;
        self
    }

    /// Runs the child to its end, showing its stderr line by line.
    ///
    /// # Errors
    /// When the child can't be started or its output can't be read. An exit status other than 0 is no error here.
    pub async fn run(self) -> Result<Output> {
        let name = self.program.display().to_string();
        let mut command = self.command();
        let files = if self.files { Some(Files::of(&mut command)?) } else { None };
        let mut running = Running(Some(command.spawn().context(|| format!("cannot run `{name}`"))?));
        let Some(child) = running.0.as_mut() else { return Err(Error::new("the child is gone")) };
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut pipe) = stdin {
                // A child that does not read its input to the end is free to do so.
                let _ = pipe.write_all(&self.input).await;
            }
        };
        let ((), stdout, stderr) =
            tokio::join!(feed, read_limited(stdout, self.capture), show_lines(stderr, self.quiet));
        let status = child.wait().await.context(|| format!("cannot wait for `{name}`"))?;
        running.0 = None;
        if let Some(files) = files {
            let stdout = read_limited(Some(files.stdout), self.capture).await;
            let stdout = stdout.context(|| format!("cannot read the output of `{name}`"))?;
            return Ok(Output { status, stdout, stderr: show_lines(Some(files.stderr), self.quiet).await });
        }
        let stdout = stdout.context(|| format!("cannot read the output of `{name}`"))?;
        Ok(Output { status, stdout, stderr })
    }

    fn command(&self) -> tokio::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // SAFETY: prctl is async-signal-safe and touches no memory of ours.
        unsafe {
            command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            });
        }
        command.into()
    }
}

/// What a child writes into where it has no pipes.
struct Files {
    stdout: Rewound,
    stderr: Rewound,
}

impl Files {
    /// Gives a child both.
    fn of(command: &mut tokio::process::Command) -> Result<Self> {
        let (stdout, stderr) = (Rewound::new()?, Rewound::new()?);
        command.stdout(stdout.writer()?).stderr(stderr.writer()?);
        Ok(Self { stdout, stderr })
    }
}

/// A file in memory that is read from its start, wherever its writer is.
struct Rewound {
    file: std::fs::File,
    offset: u64,
}

impl Rewound {
    fn new() -> Result<Self> {
        let made = rustix::fs::memfd_create("output", rustix::fs::MemfdFlags::CLOEXEC);
        let file = made.map_err(std::io::Error::from).context(|| "cannot make a file in memory".into())?;
        Ok(Self { file: file.into(), offset: 0 })
    }

    fn writer(&self) -> Result<Stdio> {
        Ok(self.file.try_clone().context(|| "cannot share a file in memory".into())?.into())
    }
}

impl AsyncRead for Rewound {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let read = this.file.read_at(buffer.initialize_unfilled(), this.offset)?;
        buffer.advance(read);
        this.offset += read as u64;
        Poll::Ready(Ok(()))
    }
}

/// A child that is stopped when the step stops caring about it.
struct Running(Option<tokio::process::Child>);

impl Drop for Running {
    fn drop(&mut self) {
        let Some(child) = self.0.as_mut() else { return };
        let Some(group) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) else {
            return;
        };
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        let deadline = Instant::now() + STOP_GRACE;
        while Instant::now() < deadline {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

async fn read_limited(pipe: Option<impl AsyncRead + Unpin>, limit: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let Some(pipe) = pipe else { return Ok(bytes) };
    let mut limited = pipe.take(limit as u64 + 1);
    limited.read_to_end(&mut bytes).await?;
    if bytes.len() > limit {
        return Err(Error::new(format!("more than {limit} bytes")));
    }
    Ok(bytes)
}

/// How many lines of stderr are kept for error messages.
const LINES_KEPT: usize = 50;

async fn show_lines(pipe: Option<impl AsyncRead + Unpin>, quiet: bool) -> String {
    let Some(pipe) = pipe else { return String::new() };
    let mut reader = BufReader::new(pipe);
    let mut kept = std::collections::VecDeque::new();
    let mut pending = Vec::new();
    loop {
        let read = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut pending).await.unwrap_or(0);
        if read == 0 && pending.is_empty() {
            break;
        }
        let scrubbed = take_line(&mut pending, read == 0);
        if scrubbed.is_empty() {
            continue;
        }
        if !quiet {
            report::raw(&format!("{}\n", scrubbed.trim_end_matches('\n')));
        }
        if kept.len() == LINES_KEPT {
            kept.pop_front();
        }
        kept.push_back(scrubbed);
    }
    kept.into_iter().collect()
}

/// Takes a whole line; of an endless one, what can be shown before its end is known. Everything taken is scrubbed.
fn take_line(pending: &mut Vec<u8>, ended: bool) -> String {
    let complete = ended || pending.ends_with(b"\n");
    if !complete && pending.len() < LONGEST_LINE as usize {
        return String::new();
    }
    let mut line = redact::scrub(&String::from_utf8_lossy(pending)).into_owned();
    pending.clear();
    if !complete {
        // A secret that has come in part stands at the very end: that much waits for the rest of it.
        let mut cut = line.len().saturating_sub(redact::longest());
        while !line.is_char_boundary(cut) {
            cut -= 1;
        }
        pending.extend(line.split_off(cut).into_bytes());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn output_is_captured_and_stderr_is_scrubbed() {
        redact::register("child-canary");
        let output = Child::new("/bin/sh")
            .args(["-c", "cat; echo child-canary >&2; exit 3"])
            .stdin("in")
            .quiet()
            .run()
            .await
            .unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), b"in".as_slice()));
        assert_eq!(output.stderr, "((redacted))\n");
    }

    #[tokio::test]
    async fn output_into_files_is_the_same() {
        redact::register("file-canary");
        let child =
            Child::new("/bin/sh").args(["-c", "cat; echo file-canary >&2; exit 3"]).stdin("in").quiet();
        let output = child.into_files().run().await.unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), b"in".as_slice()));
        assert_eq!(output.stderr, "((redacted))\n");
        let long = Child::new("/bin/sh").args(["-c", "echo 12345678"]).capture(8).into_files().run().await;
        assert!(long.is_err(), "more than the limit");
    }

    #[tokio::test]
    async fn a_child_that_is_given_up_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("pid");
        let script = format!("echo $$ > {}; exec sleep 60", note.display());
        let run = Child::new("/bin/sh").args(["-c", &script]).env("PATH", "/usr/bin:/bin").run();
        let pid = tokio::select! {
            _ = run => unreachable!("the child sleeps"),
            pid = written(&note) => pid,
        };
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn a_secret_that_a_long_line_is_cut_in_is_hidden() {
        redact::register("cut-in-two-canary");
        let mut pending = vec![b'x'; LONGEST_LINE as usize - 4];
        pending.extend_from_slice(b"cut-in");
        let mut shown = take_line(&mut pending, false);
        pending.extend_from_slice(b"-two-canary\n");
        shown += &take_line(&mut pending, false);
        assert!(shown.ends_with("x((redacted))\n"), "{}", &shown[shown.len() - 40..]);
    }

    async fn written(path: &std::path::Path) -> u32 {
        loop {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            if let Ok(pid) = text.trim().parse() {
                return pid;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
