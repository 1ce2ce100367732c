//! Work in pieces on threads of the statement's own: the pool of the algorithms may be busy for as long as a training takes.

use std::{
    num::NonZeroUsize,
    panic::resume_unwind,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// What `work` gives for each piece `0..pieces`, in order, on at most so many threads. The caller's thread is one of them; where the
/// system gives no further thread, it does all.
pub(crate) fn in_pieces<T: Send>(pieces: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if threads.min(pieces) <= 1 {
        return (0..pieces).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                return done;
            }
            done.push((piece, work(piece)));
        }
    };
    let mut done = thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().name("wend-query".to_owned()).spawn_scoped(scope, run).ok();
        let others: Vec<_> = (1..threads.min(pieces)).filter_map(spawn).collect();
        let mut done = run();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, result)| result).collect()
}

/// How many threads a statement may work on: `wanted`, or with 0 one for each core.
pub(crate) fn threads(wanted: usize) -> usize {
    /// Asking the system takes as long as a small statement.
    static CORES: OnceLock<usize> = OnceLock::new();
    match wanted {
        0 => *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZeroUsize::get)),
        wanted => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_for_any_number_of_threads() {
        for threads in [1, 2, 7] {
            assert_eq!(in_pieces(100, threads, |piece| piece * piece), (0..100).map(|n| n * n).collect::<Vec<_>>());
            assert!(in_pieces(0, threads, |piece| piece).is_empty());
        }
    }
}
