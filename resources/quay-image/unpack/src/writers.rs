//! Threads that create small files, links and pipes.
//!
//! Creating a file costs the kernel more than writing a few kilobytes into it, so it is done beside the reading of the
//! archive. Entries travel in batches, which own their content: the reader's buffers are free again at once.

use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::fs::{CWD, FileType, Mode, OFlags};

use crate::Cancel;
use crate::attributes::{Attributes, PRIVATE_FILE, Setter};
use crate::folders::Handle;
use crate::tree::NodeId;

/// Batches that wait for a thread.
const MOST_WAITING: usize = 16;
/// A batch is sent when it has so many entries or bytes.
const BATCH_ENTRIES: usize = 64;
const BATCH_BYTES: usize = 256 * 1024;

/// Flags for a file that must not be there yet, neither as a link.
pub(crate) const CREATE_FILE: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Something small to be created.
pub(crate) struct Job {
    pub(crate) node: NodeId,
    pub(crate) folder: Handle,
    pub(crate) name: Vec<u8>,
    pub(crate) attributes: Attributes,
    pub(crate) what: Small,
}

/// What is created.
pub(crate) enum Small {
    /// A file, with the place of its content in the batch.
    File(Range<usize>),
    /// A symbolic link to this.
    Symlink(Vec<u8>),
    /// A named pipe.
    Fifo,
}

/// Jobs with the content of their files.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) content: Vec<u8>,
    pub(crate) jobs: Vec<Job>,
}

impl Batch {
    pub(crate) fn is_full(&self) -> bool {
        self.jobs.len() >= BATCH_ENTRIES || self.content.len() >= BATCH_BYTES
    }
}

/// What went wrong first, and with which entry.
pub(crate) type Failure = (NodeId, io::Error);

/// The threads.
pub(crate) struct Writers {
    batches: Option<Sender<Batch>>,
    threads: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

struct Shared {
    setter: Arc<Setter>,
    cancel: Cancel,
    state: Mutex<State>,
    /// Told when no batch is under way any more.
    idle: Condvar,
}

#[derive(Default)]
struct State {
    under_way: usize,
    failure: Option<Failure>,
}

impl Writers {
    pub(crate) fn start(count: usize, setter: Arc<Setter>, cancel: Cancel) -> io::Result<Self> {
        let shared = Arc::new(Shared { setter, cancel, state: Mutex::default(), idle: Condvar::new() });
        let (sender, batches) = bounded(MOST_WAITING);
        let mut writers = Self { batches: Some(sender), threads: Vec::new(), shared };
        for number in 0..count {
            let (shared, batches) = (Arc::clone(&writers.shared), batches.clone());
            let thread = std::thread::Builder::new().name(format!("writer {number}"));
            writers.threads.push(thread.spawn(move || shared.work(&batches))?);
        }
        Ok(writers)
    }

    /// Hands a batch over; waits while too many are under way.
    pub(crate) fn submit(&self, batch: Batch) -> Result<(), Failure> {
        let mut state = self.shared.state();
        if let Some(failure) = state.failure.take() {
            return Err(failure);
        }
        state.under_way += 1;
        drop(state);
        if let Some(batches) = &self.batches {
            // The threads end with this sender alone.
            let _ = batches.send(batch);
        }
        Ok(())
    }

    /// Waits until all batches are done.
    pub(crate) fn wait(&self) -> Result<(), Failure> {
        let state = self.shared.state();
        let waited = self.shared.idle.wait_while(state, |state| state.under_way > 0);
        waited.unwrap_or_else(PoisonError::into_inner).failure.take().map_or(Ok(()), Err)
    }
}

/// Returns when the threads have ended: nothing is written after that.
impl Drop for Writers {
    fn drop(&mut self) {
        self.batches = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, batches: &Receiver<Batch>) {
        for batch in batches {
            let failed = self.write(&batch);
            let mut state = self.state();
            if let Err(failure) = failed {
                state.failure.get_or_insert(failure);
            }
            state.under_way -= 1;
            if state.under_way == 0 {
                self.idle.notify_all();
            }
        }
    }

    fn write(&self, batch: &Batch) -> Result<(), Failure> {
        for job in &batch.jobs {
            if self.cancel.is_cancelled() {
                return Ok(());
            }
            self.create(job, &batch.content).map_err(|problem| (job.node, problem))?;
        }
        Ok(())
    }

    fn create(&self, job: &Job, content: &[u8]) -> io::Result<()> {
        let folder = job.folder.as_fd();
        match &job.what {
            Small::File(range) => {
                let mode = self.setter.creation_mode(&job.attributes);
                let file =
                    rustix::fs::openat(folder, job.name.as_slice(), CREATE_FILE, Mode::from_raw_mode(mode))?;
                write_all(&file, &content[range.clone()])?;
                self.setter.complete(file.as_fd(), mode, &job.attributes)
            }
            Small::Symlink(target) => {
                rustix::fs::symlinkat(target.as_slice(), folder, job.name.as_slice())?;
                self.setter.complete_by_name(folder, &job.name, &job.attributes)
            }
            Small::Fifo => {
                let mode = Mode::from_raw_mode(PRIVATE_FILE);
                rustix::fs::mknodat(folder, job.name.as_slice(), FileType::Fifo, mode, 0)?;
                self.setter.complete_by_name(folder, &job.name, &job.attributes)?;
                set_pipe_mode(job)
            }
        }
    }
}

/// Sets a pipe's permissions. It can't be opened to do so (that waits for a reader), and a change by name might follow
/// links; a handle that opens nothing serves, by its name in /proc.
fn set_pipe_mode(job: &Job) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let pipe = rustix::fs::openat(&job.folder, job.name.as_slice(), flags, Mode::empty())?;
    let name = format!("/proc/self/fd/{}", pipe.as_raw_fd());
    let mode = Mode::from_raw_mode(job.attributes.mode);
    rustix::fs::chmodat(CWD, name.as_str(), mode, rustix::fs::AtFlags::empty())?;
    Ok(())
}

pub(crate) fn write_all(file: impl AsFd, mut content: &[u8]) -> io::Result<()> {
    while !content.is_empty() {
        match rustix::io::write(&file, content) {
            Ok(written) => content = &content[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    Ok(())
}
