//! Watching over a keeper.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::Instant;

use super::launch;
use super::output::{Output, feed, read_answer, show};
use super::protocol::{Order, Report, Work};
use super::terminal::Terminal;
use crate::cancellation::{Cancellation, Reason};
use crate::console::Console;
use crate::outcome::{Problem, problem_of};

/// How long a process that was asked to end may take, as on a worker.
const GRACE: Duration = Duration::from_secs(10);

/// Starts processes under keepers.
#[derive(Clone, Debug)]
pub(crate) struct Keeper {
    /// The program that keeps when its first argument says so: this one.
    pub(crate) program: PathBuf,
}

/// What the input and output of a process are.
pub(crate) enum Streams {
    /// A terminal that nobody types to.
    Terminal,
    /// Pipes: this is its input, its answer is kept, the rest is shown.
    Pipes(Vec<u8>),
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Exit {
    /// Its exit status.
    pub(crate) status: i32,
    /// Its answer on stdout; none of a terminal.
    pub(crate) answer: Vec<u8>,
}

/// A keeper that runs, and our ends of what its process reads and writes.
struct Started {
    keeper: Child,
    socket: UnixStream,
    shown: Box<dyn Output>,
    answer: Option<ChildStdout>,
    input: Option<(ChildStdin, Vec<u8>)>,
}

impl Keeper {
    /// Runs a process to its end, or until it must stop: then it gets SIGTERM, and 10 s later it is killed.
    pub(crate) async fn run(
        &self,
        work: &Work,
        streams: Streams,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Exit, Problem> {
        let started = self
            .start(streams, work.container.is_some())
            .map_err(|error| problem_of("cannot start a process", error));
        let Started { mut keeper, socket, shown, answer, input } = started?;
        let watching = async {
            let report = watch(socket, work, until).await;
            // It ends right after its report.
            let _status = keeper.wait().await;
            report
        };
        // A keeper reports when all that could hold the other ends is gone, so all of these end.
        let (report, (), answer, ()) =
            tokio::join!(watching, show(shown, console), read_answer(answer), feed(input));
        match report? {
            (_, Some(stopped)) => Err(stopped.problem()),
            (Report::NotStarted(reason), None) => Err(Problem::new(reason)),
            (Report::Exited(status), None) => Ok(Exit {
                status,
                answer: answer.map_err(|error| problem_of("the answer on stdout", error))?,
            }),
        }
    }

    fn start(&self, streams: Streams, is_contained: bool) -> io::Result<Started> {
        let (command, socket) = launch::keeper(&self.program, false)?;
        socket.set_nonblocking(true)?;
        let mut command = Command::from(command);
        let (terminal, input) = match streams {
            Streams::Terminal => {
                let (terminal, theirs) = Terminal::open(is_contained)?;
                command.stdin(theirs.try_clone()?).stdout(theirs.try_clone()?).stderr(theirs);
                (Some(terminal), None)
            }
            Streams::Pipes(input) => {
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
                (None, Some(input))
            }
        };
        let mut keeper = command.spawn()?;
        // Our copies of its ends must go, or there is no end of its output.
        drop(command);
        let shown: Box<dyn Output> = match (terminal, keeper.stderr.take()) {
            (Some(terminal), _) => Box::new(terminal),
            (None, Some(pipe)) => Box::new(pipe),
            (None, None) => return Err(io::Error::other("the process has no output")),
        };
        let answer = keeper.stdout.take();
        let input = keeper.stdin.take().zip(input);
        Ok(Started { keeper, socket: UnixStream::from_std(socket)?, shown, answer, input })
    }
}

/// Tells a keeper what to do, and later to stop; returns its report, and why it was told to stop.
async fn watch(
    socket: UnixStream,
    work: &Work,
    until: &Cancellation,
) -> Result<(Report, Option<Reason>), Problem> {
    let failed = |error: io::Error| problem_of("lost touch with a process", error);
    let (reader, mut writer) = socket.into_split();
    writer.write_all(launch::line(work)?.as_bytes()).await.map_err(failed)?;
    // Lines can be waited for again and again without losing a part.
    let mut lines = BufReader::new(reader).lines();
    let mut stopped = None;
    let mut kill_at: Option<Instant> = None;
    let report = loop {
        let order = tokio::select! {
            line = lines.next_line() => break line.map_err(failed)?.unwrap_or_default(),
            reason = until.stopped(), if stopped.is_none() => {
                stopped = Some(reason);
                kill_at = Instant::now().checked_add(GRACE);
                Order::Terminate
            }
            () = at(kill_at), if kill_at.is_some() => {
                kill_at = None;
                Order::Kill
            }
        };
        let order = serde_json::to_string(&order).unwrap_or_default();
        // It may have ended; its report tells.
        let _ended = writer.write_all(format!("{order}\n").as_bytes()).await;
    };
    let report =
        serde_json::from_str(&report).map_err(|_| Problem::new("a process ended without a trace"))?;
    Ok((report, stopped))
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
