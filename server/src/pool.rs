//! The threads that statements run on: a bounded number, and a few kept for statements that look after the server.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Threads for work that blocks. Its queue holds at most one job of each connection.
#[derive(Debug)]
pub struct Pool {
    ordinary: Sender<Job>,
    reserved: Sender<Job>,
    logins: Sender<Job>,
}

/// The stack of a worker; the engine takes more where a statement needs it.
const STACK: usize = 4 << 20;

/// Threads kept for short statements about tasks, users and queries, so that they are answered when all others are busy.
const RESERVED: usize = 2;

/// Threads that check passwords. Each check takes 19 MiB, which the allocator keeps for the thread that took them: a few
/// threads of their own bound the memory as well as the work.
const LOGINS: usize = 4;

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives none.
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

    /// Runs a job; what it gives can be awaited. An error means that it panicked, which was caught and logged.
    pub fn run<T: Send + 'static>(
        &self,
        reserved: bool,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        Self::submit(if reserved { &self.reserved } else { &self.ordinary }, job)
    }

    /// Runs the check of a login.
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
        // The threads live as long as the senders, so that sending cannot fail.
        let _ = queue.send(job);
        receiver
    }
}
