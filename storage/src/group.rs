//! Group commit: commits that wait for the disk at the same time share one write and one sync.
//!
//! A commit that only puts and deletes keys is *admitted*: it is checked, gets its number, and its changes go into the
//! batch of the group that is gathering. While a group is on its way to the disk the next one gathers; when the disk
//! has answered, one of those who wait leads it, after a short wait for those who were in the last group. So a commit
//! is answered, and can be seen, only when it is on the disk, commits keep their order, and a group is there as a whole
//! or not at all. (DeWitt et al., Implementation techniques for main memory database systems, 1984, section 5.2.)
//!
//! ```text
//! disk          |== group 1: commit 5 ==|== group 2: 6 7 8 ==|== group 3: 9 ==|
//! admitted      5      6   7       8    |          9         |
//! seen          4                       5                    8                9
//! ```

use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::conflict::ConflictLog;
use crate::keys::CountKey;
use crate::kv::{Batch, Kv};

/// A commit waits no longer than this for others to join it.
const LONGEST_PATIENCE: Duration = Duration::from_millis(1);

/// What whoever commits has a lock on.
pub(crate) struct Commits {
    /// What was admitted lately.
    pub log: ConflictLog,
    /// What is admitted and cannot be seen yet.
    pub group: Group,
}

impl Commits {
    pub(crate) fn new(sequence: u64) -> Commits {
        Commits { log: ConflictLog::new(sequence), group: Group::default() }
    }
}

/// Commits on their way to the disk.
#[derive(Default)]
pub(crate) struct Group {
    /// The changes of the group that is gathering.
    batch: Option<Batch>,
    /// How many commits are in it.
    members: usize,
    /// Whether a group is being written, or is about to be.
    pub writing: bool,
    /// How many committed in the last group or waited behind it: as many may come again.
    expected: usize,
    /// How long the last write took.
    last_write: Duration,
    /// Counts with the changes of admitted commits, and the last commit that changed each.
    counts: FxHashMap<CountKey, (u64, u64)>,
    /// The last commit that was tried in vain to write, and why; the ones behind it were not tried.
    pub failed: Option<(u64, String)>,
}

impl Group {
    /// The batch of the group that is gathering, for one more commit.
    pub(crate) fn join(&mut self, kv: &Kv) -> &mut Batch {
        self.members += 1;
        self.batch.get_or_insert_with(|| kv.batch())
    }

    /// The changes of the group that is gathering and how many commits are in it; the next one gathers then.
    pub(crate) fn take(&mut self) -> Option<(Batch, usize)> {
        let members = std::mem::take(&mut self.members);
        self.batch.take().map(|batch| (batch, members))
    }

    /// Whether those are there who may come again.
    pub(crate) fn is_gathered(&self) -> bool {
        self.members >= self.expected
    }

    /// How long others are worth waiting for: a small part of what a write of their own would take.
    pub(crate) fn patience(&self) -> Duration {
        (self.last_write / 8).min(LONGEST_PATIENCE)
    }

    /// A group of so many was written, or not, in some time.
    pub(crate) fn wrote(&mut self, members: usize, took: Duration) {
        self.writing = false;
        self.expected = members + self.members;
        self.last_write = took;
    }

    /// Whether nothing gathers.
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.is_none()
    }

    /// Everything up to a commit can be seen.
    pub(crate) fn seen(&mut self, last: u64) {
        self.counts.retain(|_, (_, at)| *at > last);
    }

    /// A count that an admitted commit has changed.
    pub(crate) fn count(&self, key: CountKey) -> Option<u64> {
        self.counts.get(&key).map(|(count, _)| *count)
    }

    /// Notes a count as the commit `sequence` leaves it.
    pub(crate) fn set_count(&mut self, key: CountKey, count: u64, sequence: u64) {
        self.counts.insert(key, (count, sequence));
    }
}
