//! Running the engine so that Python goes on: the interpreter is let go of, and Ctrl-C ends what runs.
//!
//! Python hands signals to its main thread, and only while that thread runs Python code. So a call from the main thread does its
//! work on a thread of the session, one for all its calls, and looks for signals while it waits. Other threads get no signals and
//! work themselves. No work touches an object of Python.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded, unbounded};
use parking_lot::Mutex;
use pyo3::prelude::*;
use wenddb::{CancelToken, Progress, ProgressCallback};

use crate::error::{Failure, broken, forked};

/// How long a call waits before it looks for signals.
const PATIENCE: Duration = Duration::from_millis(50);

/// A statement that is done before shows no progress.
const QUIET: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce() + Send>;

thread_local! {
    /// Whether this is Python's main thread, once that was asked.
    static MAIN: Cell<Option<bool>> = const { Cell::new(None) };
}

/// The thread of a session, begun by its first call from the main thread.
#[derive(Default)]
pub(crate) struct Worker(Mutex<Option<Sender<Job>>>);

impl Worker {
    fn send(&self, mut job: Job) -> PyResult<()> {
        let mut sender = self.0.lock();
        if let Some(sender) = &*sender {
            match sender.send(job) {
                Ok(()) => return Ok(()),
                Err(back) => job = back.0,
            }
        }
        let (jobs, incoming) = unbounded::<Job>();
        let thread = std::thread::Builder::new().name("wend-session".to_owned());
        thread.spawn(move || incoming.iter().for_each(|job| job()))?;
        jobs.send(job).map_err(|_| broken("the thread of the session is gone"))?;
        *sender = Some(jobs);
        Ok(())
    }

    /// Ends the thread after what it does now.
    pub(crate) fn end(&self) {
        *self.0.lock() = None;
    }
}

/// How far a statement is, told by threads of the engine and read by the caller.
#[derive(Default)]
pub(crate) struct Meter {
    fraction: AtomicU64,
    stage: Mutex<String>,
}

impl Meter {
    pub(crate) fn callback(self: &Arc<Self>) -> ProgressCallback {
        let meter = self.clone();
        Arc::new(move |progress: &Progress| {
            meter.fraction.store(progress.fraction.to_bits(), Ordering::Relaxed);
            let mut stage = meter.stage.lock();
            if *stage != progress.stage {
                stage.clone_from(&progress.stage);
            }
        })
    }

    fn read(&self) -> (String, f64) {
        (self.stage.lock().clone(), f64::from_bits(self.fraction.load(Ordering::Relaxed)))
    }
}

/// What a call has beside its work.
pub(crate) struct Caller<'a> {
    /// The process that opened the database.
    pub(crate) pid: u32,
    pub(crate) worker: &'a Worker,
    /// Ends the work.
    pub(crate) cancel: &'a CancelToken,
    /// Shows how far it is: called with a stage and a fraction, and with None when it is done.
    pub(crate) progress: Option<(&'a Meter, &'a Bound<'a, PyAny>)>,
}

/// Whether this is Python's main thread, which alone gets signals.
pub(crate) fn is_main_thread(py: Python<'_>) -> bool {
    MAIN.with(|main| {
        main.get().unwrap_or_else(|| {
            let ask = || -> PyResult<bool> {
                let threading = py.import("threading")?;
                let main: u64 = threading.call_method0("main_thread")?.getattr("ident")?.extract()?;
                Ok(threading.call_method0("get_ident")?.extract::<u64>()? == main)
            };
            let is = ask().unwrap_or(true);
            main.set(Some(is));
            is
        })
    })
}

/// As far as is known, without asking Python.
pub(crate) fn is_known_main_thread() -> bool {
    MAIN.with(|main| main.get() == Some(true))
}

/// Fails in a process forked from that which opened the database.
pub(crate) fn check_process(py: Python<'_>, pid: u32) -> PyResult<()> {
    if std::process::id() == pid { Ok(()) } else { Err(forked(py, pid)) }
}

/// Does the work, a panic being a failure.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Failure::Panic(text.unwrap_or_else(|| "a panic without a message".to_owned())))
    })
}

/// Does some work of a session while other threads of Python run.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    caller: &Caller<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> PyResult<Result<T, Failure>> {
    check_process(py, caller.pid)?;
    if !is_main_thread(py) {
        return Ok(py.detach(|| guarded(work)));
    }
    let (done, outcome) = bounded(1);
    caller.worker.send(Box::new(move || {
        // Whoever waited may be gone.
        let _ = done.send(guarded(work));
    }))?;
    let began = Instant::now();
    let mut shown = false;
    let result = loop {
        match py.detach(|| outcome.recv_timeout(PATIENCE)) {
            Ok(result) => break Ok(result),
            Err(RecvTimeoutError::Disconnected) => break Err(broken("the thread of the session ended")),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let looked = py.check_signals().and_then(|()| match &caller.progress {
            Some((meter, show)) if began.elapsed() >= QUIET => {
                shown = true;
                show.call1(meter.read()).map(drop)
            }
            _ => Ok(()),
        });
        if let Err(interrupt) = looked {
            caller.cancel.cancel();
            // It ends within a moment; until then the session is not free.
            let _ = py.detach(|| outcome.recv());
            break Err(interrupt);
        }
    };
    if let (true, Some((_, show))) = (shown, &caller.progress) {
        show.call1((py.None(), 1.0))?;
    }
    result
}
