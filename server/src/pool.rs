//! The worker threads: a bounded number, with a few reserved for administration.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Threads for blocking work. The queue has at most one job of each connection.
#[derive(Debug)]
pub struct Pool {
    ordinary: Sender<Job>,
    reserved: Sender<Job>,
    logins: Sender<Job>,
}

/// The stack of a worker; the engine takes more where a statement needs it.
const STACK: usize = 4 << 20;

/// Reserved threads for short statements about tasks, users and queries, which are answered even when all others are
/// busy.
const RESERVED: usize = 2;

/// Threads that check passwords. Each check takes 19 MiB, and the allocator keeps that memory for the thread. A few
/// threads for logins alone bound the memory and the work.
const LOGINS: usize = 4;

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system does not start a thread.
    pub fn new(workers: usize) -> std::io::Result<Self> {
        let start = |name: &'static str, count: usize| {
            let (sender, receiver) = unbounded::<Job>();
            for number in 0..count {
                let receiver: Receiver<Job> = receiver.clone();
                std::thread::Builder::new().name(format!("{name}-{number}")).stack_size(STACK).spawn(move || {
                    for job in receiver {
                        job();
                    }
                })?;
            }
            Ok::<_, std::io::Error>(sender)
        };
        Ok(Pool {
            ordinary: start("worker", workers.max(1))?,
            reserved: start("admin", RESERVED)?,
            logins: start("login", LOGINS)?,
        })
    }

    /// Runs a job; its result can be awaited. The result is an error when the job panicked, which is caught and logged.
    pub fn run<T: Send + 'static>(
        &self,
        reserved: bool,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        Self::submit(if reserved { &self.reserved } else { &self.ordinary }, job)
    }

    /// Runs a password check.
    pub fn login<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> oneshot::Receiver<T> {
        Self::submit(&self.logins, job)
    }

    fn submit<T: Send + 'static>(
        queue: &Sender<Job>,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move || match catch_unwind(AssertUnwindSafe(job)) {
            Ok(result) => drop(sender.send(result)),
            Err(_) => tracing::error!("a statement panicked; please report it"),
        });
        // Sending cannot fail: the threads live as long as the senders.
        let _ = queue.send(job);
        receiver
    }
}
