//! Doing what a keeper is told while its process runs.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

use super::protocol::Order;

/// A process that can be told to end. Cheap to clone.
#[derive(Clone)]
pub(super) struct Kept {
    process: Pid,
    /// The first process of its container.
    holder: Option<Pid>,
    /// Nothing is told to a number that may be another process's by now.
    is_alive: Arc<Mutex<bool>>,
}

impl Kept {
    pub(super) fn new(process: Pid, holder: Option<Pid>) -> Self {
        Self { process, holder, is_alive: Arc::new(Mutex::new(true)) }
    }

    /// Starts to do what is told. Nobody there any more is an order to kill.
    pub(super) fn listen(&self, orders: BufReader<UnixStream>) {
        let kept = self.clone();
        std::thread::spawn(move || kept.obey(orders));
    }

    /// Tells that the process has ended. Nothing is told to it from now on.
    pub(super) fn has_ended(&self) {
        *self.is_alive.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }

    fn obey(&self, orders: BufReader<UnixStream>) {
        let mut lines = orders.lines();
        loop {
            let order = match lines.next() {
                Some(Ok(line)) => serde_json::from_str(&line).unwrap_or(Order::Kill),
                _ => Order::Kill,
            };
            let is_alive = self.is_alive.lock().unwrap_or_else(PoisonError::into_inner);
            if !*is_alive {
                return;
            }
            self.signal(order);
            if order == Order::Kill {
                return;
            }
        }
    }

    /// Each may have ended this very moment.
    fn signal(&self, order: Order) {
        if order == Order::Terminate {
            let _gone = kill_process(self.process, Signal::TERM);
            return;
        }
        for process in self.holder.into_iter().chain([self.process]) {
            let _gone = kill_process(process, Signal::KILL);
        }
    }
}
