//! One async runtime for everything that serves inside the test process: proxies, token servers, stubs.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{OnceLock, mpsc};

use futures_util::FutureExt;
use tokio::runtime::{Builder, Handle, Runtime};

/// Returns the runtime that lives as long as the test process.
pub(crate) fn runtime() -> &'static Handle {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("stack")
                .enable_all()
                .build()
                .expect("an async runtime for the test process")
        })
        .handle()
}

/// Runs a future on the runtime and blocks until it is done.
///
/// Unlike `block_on`, this also works on a thread that belongs to another runtime, as in a `#[tokio::test]`.
///
/// # Panics
///
/// When the future panics, so that it is the test's own thread that fails.
pub(crate) fn wait_for<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    runtime().spawn(async move {
        let _ = sender.send(AssertUnwindSafe(future).catch_unwind().await);
    });
    let outcome = receiver.recv().expect("the runtime lives as long as the process");
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}
