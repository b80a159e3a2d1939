//! One async runtime for everything that serves inside the test process: proxies, token servers, stubs.

use std::future::Future;
use std::sync::{OnceLock, mpsc};

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
pub(crate) fn wait_for<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    runtime().spawn(async move {
        let _ = sender.send(future.await);
    });
    receiver.recv().expect("the awaited work panicked; its message is above")
}
