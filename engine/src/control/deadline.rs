//! Deadlines: one thread of the process ends the statements whose time is over, so that a statement never looks at the clock.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, LazyLock, Weak},
    time::Instant,
};

use parking_lot::{Condvar, Mutex};

use super::cancel::Token;

/// What waits for its deadline; the thread sleeps until the first.
static WATCH: LazyLock<Watch> = LazyLock::new(Watch::default);

#[derive(Default)]
struct Watch {
    waiting: Mutex<Waiting>,
    earlier: Condvar,
}

#[derive(Default)]
struct Waiting {
    entries: BinaryHeap<Reverse<Entry>>,
    /// Entries at which those that have ended are taken out.
    sweep_at: usize,
    thread: bool,
}

struct Entry {
    at: Instant,
    token: Weak<Token>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

/// Ends the statement of `token` at `at`, unless it has ended before.
pub(super) fn watch(token: &Arc<Token>, at: Instant) {
    /// So many are kept before those that have ended are looked for.
    const FEW: usize = 1024;
    if at <= Instant::now() {
        token.expire();
        return;
    }
    let mut waiting = WATCH.waiting.lock();
    if !waiting.thread {
        // When the system has no thread to give, the next deadline asks again, and that thread watches this one too.
        waiting.thread = std::thread::Builder::new().name("wend-deadlines".to_owned()).spawn(run).is_ok();
    }
    if waiting.entries.len() >= waiting.sweep_at.max(FEW) {
        waiting.entries.retain(|Reverse(entry)| entry.token.strong_count() > 0);
        waiting.sweep_at = waiting.entries.len() * 2;
    }
    let first = waiting.entries.peek().is_none_or(|Reverse(entry)| at < entry.at);
    waiting.entries.push(Reverse(Entry { at, token: Arc::downgrade(token) }));
    if first {
        WATCH.earlier.notify_one();
    }
}

fn run() {
    let mut waiting = WATCH.waiting.lock();
    loop {
        let now = Instant::now();
        while let Some(Reverse(entry)) = waiting.entries.peek()
            && entry.at <= now
        {
            if let Some(Reverse(entry)) = waiting.entries.pop()
                && let Some(token) = entry.token.upgrade()
            {
                token.expire();
            }
        }
        match waiting.entries.peek().map(|Reverse(entry)| entry.at) {
            Some(at) => drop(WATCH.earlier.wait_until(&mut waiting, at)),
            None => WATCH.earlier.wait(&mut waiting),
        }
    }
}
