//! Conflicts between transactions: the keys by which they are found, and the log of what was committed.
//!
//! A write transaction has a **read set**, what it depends on, and a **write set**, what it changes. Both are sets of
//! [`ConflictKey`]s, 64-bit keyed hashes: of stored keys, and of [`LogicalKey`]s, which stand for what is no stored
//! key. The log has for each conflict key the commit that last wrote it. A commit fails when the log has a key of its
//! read or write set with a later commit than its snapshot. Two keys with the same hash only make a transaction run
//! again.
//!
//! | logical key | in the read set of | in the write set of | so that |
//! |---|---|---|---|
//! | a node exists | inserting an edge at it | deleting the node | no edge is left at a deleted node |
//! | a node has edges | deleting a node | inserting an edge at it | the same, the other way round |
//! | a graph is there | any change in it, adding an index | dropping it, bulk loading it, adding or dropping an index | neither is written into, no index misses anything |
//! | the values of a unique index | adding them | adding them | they are there once |
//! | a property's vector set | setting the property | replacing the set | no vector goes to a set that is gone |
//! | a property's vectors | replacing the set | setting a vector in it | no vector is lost |
//!
//! ```text
//!    commit           5        6        7        8
//!    log              a->5     b->6     a->7     c->8
//!                          |
//!    transaction     begins after 5, reads a, writes d, commits: a was written by 7 > 5, so it conflicts
//! ```

use std::hash::{BuildHasher, Hash};

use rustc_hash::FxHashMap;

use crate::error::{Error, Result};
use crate::kv::Family;
use crate::value::{GraphId, NodeId, PropertyKey};

/// The log is cut to its newer part beyond this many entries (16 bytes each).
const LOG_LIMIT: usize = 8 << 20;

/// The hash of a stored or logical key.
pub(crate) type ConflictKey = u64;

/// Something that transactions depend on and change, and that is no stored key.
#[derive(Clone, Copy, Hash)]
pub(crate) enum LogicalKey {
    NodeExists(GraphId, NodeId),
    NodeHasEdges(GraphId, NodeId),
    Graph(GraphId),
    VectorSet(GraphId, PropertyKey),
    Vectors(GraphId, PropertyKey),
}

/// Makes conflict keys; each store has its own secret.
#[derive(Clone, Default)]
pub(crate) struct ConflictHasher(std::hash::RandomState);

impl ConflictHasher {
    /// Of a stored key, or of the values of a unique index, which are a part of one.
    pub(crate) fn stored(&self, family: Family, key: &[u8]) -> ConflictKey {
        self.0.hash_one((family, key))
    }

    pub(crate) fn logical(&self, key: LogicalKey) -> ConflictKey {
        self.0.hash_one((Family::COUNT, key))
    }
}

/// Families whose keys two transactions must not both write. The others only follow from these.
pub(crate) fn is_checked(family: Family) -> bool {
    !matches!(family, Family::Labels | Family::EdgeLabels | Family::Out | Family::In | Family::Indexes)
}

/// What was committed lately.
pub(crate) struct ConflictLog {
    /// The number of the last commit.
    pub sequence: u64,
    /// The last commit that wrote a key, while write transactions older than it are open.
    log: FxHashMap<ConflictKey, u64>,
    /// Transactions that began before this cannot be checked any more.
    floor: u64,
    /// The log's size at which it is looked through for entries nobody needs.
    prune_at: usize,
    /// Nodes deleted while vector sets are being filled, with the commit that deleted them.
    pub deleted: Vec<(u64, GraphId, NodeId)>,
}

impl ConflictLog {
    pub(crate) fn new(sequence: u64) -> ConflictLog {
        ConflictLog { sequence, log: FxHashMap::default(), floor: sequence, prune_at: 1 << 16, deleted: Vec::new() }
    }

    /// Fails when one of the keys was committed after `since`.
    pub(crate) fn check(&self, since: u64, mut keys: impl Iterator<Item = ConflictKey>) -> Result<()> {
        if since == self.sequence {
            return Ok(());
        }
        if since < self.floor || keys.any(|key| self.log.get(&key).is_some_and(|at| *at > since)) {
            return Err(Error::Conflict);
        }
        Ok(())
    }

    /// Notes what the commit `self.sequence` wrote; `others` are the open write transactions besides it and the commit
    /// the oldest began after. Comes after the write: a transaction that registers later has a snapshot with this
    /// commit in it.
    pub(crate) fn note(&mut self, others: (usize, u64), keys: impl Iterator<Item = ConflictKey>) {
        if others.0 > 0 {
            self.admit(keys);
        }
        self.prune(others);
    }

    /// Notes what the commit `self.sequence` is going to write.
    pub(crate) fn admit(&mut self, keys: impl Iterator<Item = ConflictKey>) {
        let sequence = self.sequence;
        self.log.extend(keys.map(|key| (key, sequence)));
    }

    /// Forgets what no open write transaction needs: `others` are those that have not come to their commit, and the commit
    /// the oldest began after. Comes after the write.
    pub(crate) fn prune(&mut self, others: (usize, u64)) {
        let (count, oldest) = others;
        if count == 0 {
            self.log.clear();
            self.floor = self.sequence;
        } else if self.log.len() >= self.prune_at {
            self.log.retain(|_, at| *at > oldest);
            if self.log.len() > LOG_LIMIT {
                self.log.clear();
                self.floor = self.sequence;
            }
            self.prune_at = (self.log.len() * 2).max(1 << 16);
        }
    }
}
