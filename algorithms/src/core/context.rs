//! What an algorithm runs with: threads, cancellation, progress, a memory budget.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::core::error::Error;
use crate::core::scratch::Scratch;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// What the algorithm is doing, in a few words: "walks", "epoch 3 of 200, loss 0.51".
    pub stage: &'a str,
    /// Share of the whole run that is done, 0.0 to 1.0, never falling.
    pub fraction: f64,
}

/// Where some nodes lie in two dimensions while a network learns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// How many epochs are done.
    pub epoch: usize,
    /// The loss of the last one.
    pub loss: f64,
    /// The best validation score so far, where there is one.
    pub score: Option<f64>,
    /// The numbers of the nodes in the graph view, ascending; the same throughout a run.
    pub nodes: Vec<u32>,
    /// Two coordinates of each. Their axes turn little from one snapshot to the next.
    pub places: Vec<f32>,
}

/// What an algorithm runs with. The caller owns all of it.
pub struct Context<'a> {
    /// The threads to use. `concurrency` limits how many of them.
    pub pool: &'a rayon::ThreadPool,
    /// True when the run should stop. Asked every few milliseconds by each thread.
    pub cancel: &'a (dyn Fn() -> bool + Sync),
    /// Told about progress, at most a few hundred times per run, from any thread.
    pub progress: &'a (dyn Fn(Progress<'_>) + Sync),
    /// Whether somebody waits for a [`Snapshot`]; asked after each epoch, so that none is made for nobody.
    pub watched: &'a (dyn Fn() -> bool + Sync),
    /// Takes a snapshot that was waited for.
    pub show: &'a (dyn Fn(Snapshot) + Sync),
    /// Bytes the run may need on top of the graph view; `None` = no limit.
    pub memory_budget: Option<u64>,
    /// Temporary files for what does not fit; `None` = there are none, and what does not fit is refused.
    pub scratch: Option<&'a dyn Scratch>,
}

fn never() -> bool {
    false
}

fn silent(_: Progress<'_>) {}

fn unseen(_: Snapshot) {}

impl<'a> Context<'a> {
    /// A context on `pool` that is never cancelled, reports nothing, is not watched and has no memory limit.
    pub fn new(pool: &'a rayon::ThreadPool) -> Self {
        Context {
            pool,
            cancel: &never,
            progress: &silent,
            watched: &never,
            show: &unseen,
            memory_budget: None,
            scratch: None,
        }
    }

    /// Threads a run with this `concurrency` uses: all of the pool's, or fewer.
    pub fn threads(&self, concurrency: Option<usize>) -> usize {
        let all = self.pool.current_num_threads().max(1);
        concurrency.map_or(all, |limit| limit.clamp(1, all))
    }

    /// Fails when a run needs more bytes than it may have, before any work. `hint` says what to lower so that it fits
    /// into the bytes it is given.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn reserve(&self, needed: u64, hint: impl FnOnce(u64) -> String) -> Result<(), Error> {
        match self.memory_budget {
            Some(budget) if needed > budget => Err(Error::Memory { needed, budget, hint: hint(budget) }),
            _ => Ok(()),
        }
    }

    /// Fails with [`Error::Cancelled`] when the run should stop.
    pub fn check_cancelled(&self) -> Result<(), Error> {
        if (self.cancel)() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Runs `work` for every item on this thread and threads of the pool, at most `threads` together; the items are taken in
    /// order, so put the longest first. After the first error no new item is started, and that
    /// error is returned.
    ///
    /// # Errors
    /// The first error of `work`, or [`Error::Cancelled`].
    pub fn for_each<T: Send>(
        &self,
        threads: usize,
        items: impl IntoIterator<Item = T, IntoIter: Send>,
        work: impl Fn(T) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        self.for_each_with(threads, items, || (), |(), item| work(item)).map(drop)
    }

    /// The same with a state for each thread, and gives the states. How many there are and which has met which items depends on
    /// the threads: a state is memory that is used again, or counts and lists whose order does not show in the result.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each).
    pub fn for_each_with<S: Send, T: Send>(
        &self,
        threads: usize,
        items: impl IntoIterator<Item = T, IntoIter: Send>,
        state: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, T) -> Result<(), Error> + Sync,
    ) -> Result<Vec<S>, Error> {
        let queue = Mutex::new(items.into_iter());
        let failure = Mutex::new(None);
        let states = Mutex::new(Vec::new());
        let stop = AtomicBool::new(false);
        let run = || {
            let mut own = None;
            while !stop.load(Ordering::Relaxed) {
                // A poisoned lock means that another worker panicked: rayon hands that panic on.
                let Some(item) = queue.lock().ok().and_then(|mut queue| queue.next()) else { break };
                let own = own.get_or_insert_with(&state);
                if let Err(error) = self.check_cancelled().and_then(|()| work(own, item)) {
                    stop.store(true, Ordering::Relaxed);
                    if let Ok(mut failure) = failure.lock() {
                        failure.get_or_insert(error);
                    }
                }
            }
            if let (Some(own), Ok(mut states)) = (own, states.lock()) {
                states.push(own);
            }
        };
        if threads <= 1 {
            run();
        } else {
            // The thread that calls is one of them: waking another only to wait for it costs more than many a piece of work.
            self.pool.in_place_scope(|scope| {
                for _ in 1..threads {
                    scope.spawn(|_| run());
                }
                run();
            });
        }
        match failure.into_inner().ok().flatten() {
            Some(error) => Err(error),
            None => Ok(states.into_inner().unwrap_or_default()),
        }
    }
}
