//! The commit: one after another, each checked against what was committed since its snapshot.

use std::sync::atomic::Ordering;

use rustc_hash::FxHashMap;

use crate::error::{Error, Result};
use crate::index;
use crate::keys::{self, meta};
use crate::overlay::{Flip, Mark, Overlay, Print, Unused, conflicts};
use crate::rocks::{Batch, Family};
use crate::store::StoreInner;
use crate::value::{GraphId, NodeId};
use crate::vectors::SetMap;

/// The log is cut to its newer part beyond this many entries (16 bytes each).
const LOG_LIMIT: usize = 8 << 20;

/// What commits have in common; whoever commits holds the lock on it.
pub(crate) struct CommitState {
    pub sequence: u64,
    /// The sequence of the last commit that wrote a key or mark, while write transactions older than it are open.
    log: FxHashMap<Print, u64>,
    /// Transactions that began before this cannot be checked any more.
    floor: u64,
    /// The log's size at which it is looked through for entries nobody needs.
    prune_at: usize,
    /// Nodes deleted while vector sets are being filled.
    deleted: Vec<(u64, GraphId, NodeId)>,
}

impl CommitState {
    pub(crate) fn new(sequence: u64) -> CommitState {
        CommitState { sequence, log: FxHashMap::default(), floor: sequence, prune_at: 1 << 16, deleted: Vec::new() }
    }

    /// Fails when something of `prints` was committed after `since`.
    pub(crate) fn check(&self, since: u64, mut prints: impl Iterator<Item = Print>) -> Result<()> {
        if since == self.sequence {
            return Ok(());
        }
        if since < self.floor || prints.any(|print| self.log.get(&print).is_some_and(|at| *at > since)) {
            return Err(Error::Conflict);
        }
        Ok(())
    }

    /// Notes what the commit `self.sequence` wrote. Comes after the write: a transaction that
    /// registers later has a snapshot with this commit in it.
    pub(crate) fn note(&mut self, others: (usize, u64), prints: impl Iterator<Item = Print>) {
        let (count, oldest) = others;
        if count == 0 {
            self.log.clear();
            self.floor = self.sequence;
            return;
        }
        let sequence = self.sequence;
        self.log.extend(prints.map(|print| (print, sequence)));
        if self.log.len() >= self.prune_at {
            self.log.retain(|_, at| *at > oldest);
            if self.log.len() > LOG_LIMIT {
                self.log.clear();
                self.floor = sequence;
            }
            self.prune_at = (self.log.len() * 2).max(1 << 16);
        }
    }
}

impl StoreInner {
    /// Writes a transaction's changes, or fails with [`Error::Conflict`].
    pub(crate) fn commit(&self, since: u64, overlay: &Overlay) -> Result<()> {
        self.rocks.check_writable()?;
        let mut state = self.commit.lock();
        let written = || {
            Family::ALL
                .into_iter()
                .filter(|family| conflicts(*family))
                .flat_map(|family| overlay.family(family).keys().map(move |key| (family, key)))
                .map(|(family, key)| self.printer.key(family, key))
        };
        state.check(since, overlay.reads.iter().copied().chain(written()))?;
        for flip in &overlay.flips {
            let vectors = self.printer.mark(Mark::Vectors(flip.graph, flip.property));
            let pointer = self.printer.key(Family::Meta, &keys::vector_set(flip.graph, flip.property));
            state.check(flip.since, [vectors, pointer].into_iter())?;
        }

        if !overlay.created.is_empty() {
            let newest = self.rocks.snapshot();
            for created in &overlay.created {
                if newest.get(Family::Meta, &keys::version(created.graph), read_count)? != created.version {
                    return Err(Error::Conflict);
                }
            }
        }

        let sequence = state.sequence + 1;
        let mut batch = self.rocks.batch();
        for family in Family::ALL {
            for (key, value) in overlay.family(family) {
                match value {
                    Some(value) => batch.put(family, key, value)?,
                    None => batch.delete(family, key)?,
                }
            }
        }
        for flip in &overlay.flips {
            let deleted = state.deleted.iter().filter(|(at, graph, _)| *at > flip.since && *graph == flip.graph);
            let mut gone = deleted.map(|(_, _, node)| node);
            gone.try_for_each(|node| batch.delete(Family::Vectors, &keys::vector(flip.set, *node)))?;
        }
        self.put_counts(&mut batch, overlay)?;
        self.delete_vectors(&mut batch, overlay)?;
        for graph in &overlay.changed {
            batch.put(Family::Meta, &keys::version(*graph), &sequence.to_be_bytes())?;
        }
        for graph in &overlay.dropped {
            self.delete_graph(&mut batch, *graph)?;
            for created in overlay.created.iter().filter(|created| created.graph == *graph) {
                batch.delete_prefix(Family::Indexes, &created.index.0.to_be_bytes())?;
            }
        }
        for dropped in &overlay.dropped_indexes {
            batch.delete_prefix(Family::Indexes, &dropped.0.to_be_bytes())?;
        }
        batch.put(Family::Meta, &[meta::STATE], &self.numbers.state(sequence))?;
        self.rocks.write(batch)?;

        state.sequence = sequence;
        self.sequence.store(sequence, Ordering::SeqCst);
        if self.vector_writers.load(Ordering::SeqCst) == 0 {
            state.deleted.clear();
        } else {
            state.deleted.extend(overlay.deleted.iter().map(|(graph, node)| (sequence, *graph, *node)));
        }
        // The committing transaction is itself registered.
        let (count, oldest) = self.writers();
        state.note((count.saturating_sub(1), oldest), written().chain(overlay.marks.iter().copied()));
        Ok(())
    }

    fn put_counts(&self, batch: &mut Batch<'_>, overlay: &Overlay) -> Result<()> {
        let newest = self.rocks.snapshot();
        for (key, delta) in overlay.counts.iter().filter(|(_, delta)| **delta != 0) {
            let key = keys::count(*key);
            let old = newest.get(Family::Meta, &key, read_count)?;
            match old.saturating_add_signed(*delta) {
                0 => batch.delete(Family::Meta, &key)?,
                new => batch.put(Family::Meta, &key, &new.to_be_bytes())?,
            }
        }
        Ok(())
    }

    /// Deletes the vectors of deleted nodes from the sets that are active at this commit, and replaced sets.
    fn delete_vectors(&self, batch: &mut Batch<'_>, overlay: &Overlay) -> Result<()> {
        if overlay.deleted.is_empty() && overlay.flips.is_empty() {
            return Ok(());
        }
        let newest = self.rocks.snapshot();
        let mut graphs: Vec<GraphId> = overlay.deleted.iter().map(|(graph, _)| *graph).collect();
        graphs.sort_unstable();
        graphs.dedup();
        for graph in graphs {
            let stored = SetMap::stored(&newest, graph)?;
            let flipped = overlay.flips.iter().filter(|flip| flip.graph == graph).map(|flip| flip.set);
            let sets: Vec<u64> = stored.sets().chain(flipped).collect();
            for (_, node) in overlay.deleted.iter().filter(|(of, _)| *of == graph) {
                for set in &sets {
                    batch.delete(Family::Vectors, &keys::vector(*set, *node))?;
                }
            }
        }
        let mut seen: FxHashMap<_, u64> = FxHashMap::default();
        for Flip { graph, property, set, .. } in &overlay.flips {
            let old = match seen.insert((*graph, *property), *set) {
                Some(old) => Some(old),
                None => SetMap::stored(&newest, *graph)?.get(*property),
            };
            if let Some(old) = old {
                batch.delete_prefix(Family::Vectors, &old.to_be_bytes())?;
            }
        }
        Ok(())
    }

    /// Deletes a graph and everything in it, also what this batch put there.
    fn delete_graph(&self, batch: &mut Batch<'_>, graph: GraphId) -> Result<()> {
        let prefix = graph.0.to_be_bytes();
        for family in Family::OF_GRAPH {
            batch.delete_prefix(family, &prefix)?;
        }
        for set in SetMap::stored(&self.rocks.snapshot(), graph)?.sets() {
            batch.delete_prefix(Family::Vectors, &set.to_be_bytes())?;
        }
        for (_, index) in index::stored(&self.rocks.snapshot(), Some(graph))? {
            batch.delete_prefix(Family::Indexes, &index.id.0.to_be_bytes())?;
        }
        for tag in [meta::COUNT, meta::VERSION, meta::VECTOR_SET, meta::INDEX] {
            batch.delete_prefix(Family::Meta, &keys::meta_graph(tag, graph))?;
        }
        Ok(())
    }

    /// Deletes vector sets and indexes that never became active.
    pub(crate) fn remove_unused(&self, unused: &Unused) -> Result<()> {
        if unused.sets.is_empty() && unused.indexes.is_empty() {
            return Ok(());
        }
        let mut batch = self.rocks.batch();
        for set in &unused.sets {
            batch.delete_prefix(Family::Vectors, &set.to_be_bytes())?;
        }
        for index in &unused.indexes {
            batch.delete_prefix(Family::Indexes, &index.0.to_be_bytes())?;
        }
        self.rocks.write_lazily(batch)
    }
}

/// A stored count.
pub(crate) fn read_count(bytes: Option<&[u8]>) -> Result<u64> {
    bytes.map_or(Ok(0), |bytes| keys::read_u64(bytes, 0))
}
