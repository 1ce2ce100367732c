//! The memory limit of all clients' messages together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::failure::Failure;

/// Shorter messages and bodies are not counted: the number of connections bounds them.
pub(crate) const SHORT: usize = 64 << 10;

/// The bytes of memory for a byte of a message, about the most: a value of one or two bytes takes this much.
const FACTOR: usize = 24;

/// Counts the bytes of long messages.
#[derive(Debug)]
pub(crate) struct Budget {
    most: usize,
    taken: AtomicUsize,
}

/// A reserved part of the budget; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Budget { most, taken: AtomicUsize::new(0) })
    }

    /// An empty share.
    pub(crate) fn share(self: &Arc<Self>) -> Share {
        Share { budget: self.clone(), bytes: 0 }
    }
}

impl Share {
    /// Reserves memory as bytes arrive. Short messages are not counted.
    ///
    /// # Errors
    /// When all messages together would exceed the limit.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        let bytes = if bytes <= SHORT { 0 } else { bytes };
        let (before, budget) = (self.bytes, &self.budget);
        let fits = budget.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| {
            let taken = taken - before + bytes;
            // A smaller share always fits.
            (bytes <= before || taken <= budget.most).then_some(taken)
        });
        match fits {
            Ok(_) => {
                self.bytes = bytes;
                Ok(())
            }
            Err(_) => Err(Failure::new(
                "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
                "53200",
                "the messages of all clients take as much memory as they may; try again when others are done",
            )),
        }
    }

    /// Reserves memory for a message of this length and its values, which take at most `most`.
    ///
    /// # Errors
    /// See [`Share::hold`].
    pub(crate) fn hold_values(&mut self, length: usize, most: usize) -> Result<(), Failure> {
        self.hold(if length <= SHORT { 0 } else { length.saturating_mul(FACTOR).min(most).max(length) })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.taken.fetch_sub(self.bytes, Ordering::AcqRel);
        wenddb::host::memory_freed(self.bytes as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_given_back() {
        let budget = Budget::new(10 << 20);
        let (mut one, mut other) = (budget.share(), budget.share());
        one.hold(6 << 20).unwrap();
        assert!(other.hold(6 << 20).unwrap_err().code.contains("TransientError"));
        other.hold(SHORT).unwrap();
        other.hold(4 << 20).unwrap();
        assert!(one.hold(7 << 20).is_err());
        one.hold(1 << 20).unwrap();
        other.hold_values(1 << 20, 9 << 20).unwrap();
        drop((one, other));
        assert_eq!(budget.taken.load(Ordering::Acquire), 0);
    }
}
