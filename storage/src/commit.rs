//! The commit: each is checked against what was committed since its snapshot, gets its number, and is written: in a
//! group with others (`group.rs`), or alone.

use std::time::Instant;

use parking_lot::MutexGuard;
use rustc_hash::FxHashMap;

use crate::conflict::{ConflictKey, ConflictLog, LogicalKey, is_checked};
use crate::error::{Error, Result};
use crate::group::Commits;
use crate::index_catalog;
use crate::keys::{self, CountKey, meta};
use crate::kv::{Batch, Family, Kv, Snapshot};
use crate::overlay::{Overlay, ReplacedSet, Unused};
use crate::store::StoreInner;
use crate::text_merge;
use crate::value::GraphId;
use crate::vector_lists;
use crate::vector_sets::SetMap;

/// Larger commits go by themselves: their write takes longer than the sync that they would share.
const SHARED_BYTES: usize = 1 << 20;

/// Whether a commit may be one of a group: it neither replaces nor drops anything as a whole nor changes full-text
/// indexes, which depends on all that was written before.
fn can_share(kv: &Kv, overlay: &Overlay) -> bool {
    kv.shares_writes()
        && overlay.replaced_sets.is_empty()
        && overlay.created.is_empty()
        && overlay.dropped.is_empty()
        && overlay.dropped_indexes.is_empty()
        && overlay.texts.is_empty()
        && overlay.bytes() <= SHARED_BYTES
}

impl StoreInner {
    /// Writes a transaction's changes, or fails with [`Error::Conflict`].
    pub(crate) fn commit(&self, since: u64, overlay: &Overlay) -> Result<()> {
        self.kv.check_writable()?;
        if can_share(&self.kv, overlay) {
            self.commit_shared(since, overlay)
        } else {
            self.commit_alone(since, overlay)
        }
    }

    /// In one write with the commits that wait for the disk at the same time.
    fn commit_shared(&self, since: u64, overlay: &Overlay) -> Result<()> {
        let mut commits = self.commits.lock();
        let Commits { log, group } = &mut *commits;
        self.check(log, since, overlay)?;
        let newest = self.kv.snapshot();
        let counts = changed_counts(overlay, |key| match group.count(key) {
            Some(count) => Ok(count),
            None => newest.get(Family::Meta, &keys::count(key), keys::read_count),
        })?;
        let sets = sets_of_deleted(&newest, overlay)?;

        let sequence = log.sequence + 1;
        let batch = group.join(&self.kv);
        let joined = put_changes(batch, overlay, sequence)
            .and_then(|()| put_counts(batch, &counts))
            .and_then(|()| delete_vectors(batch, overlay, &sets))
            .and_then(|()| batch.put(Family::Meta, &[meta::STATE], &self.numbers.state(sequence)));
        // What is read was read before; a batch that takes a part alone would spoil the commits of others.
        joined.inspect_err(|error| self.kv.stop(&error.to_string()))?;
        counts.iter().for_each(|(key, count)| group.set_count(*key, *count, sequence));

        log.sequence = sequence;
        log.deleted.extend(overlay.deleted.iter().map(|(graph, node)| (sequence, *graph, *node)));
        // Also for transactions that begin before this can be seen.
        log.admit(self.changed_keys(overlay).chain(overlay.write_set.iter().copied()));
        self.wait_written(commits, sequence)
    }

    /// By itself, after everything that was admitted.
    fn commit_alone(&self, since: u64, overlay: &Overlay) -> Result<()> {
        let mut commits = self.settled()?;
        let log = &mut commits.log;
        self.check(log, since, overlay)?;
        for replaced in &overlay.replaced_sets {
            let vectors = self.hasher.logical(LogicalKey::Vectors(replaced.graph, replaced.property));
            let pointer = self.hasher.stored(Family::Meta, &keys::vector_set(replaced.graph, replaced.property));
            log.check(replaced.since, [vectors, pointer].into_iter())?;
        }
        let newest = self.kv.snapshot();
        for created in &overlay.created {
            if newest.get(Family::Meta, &keys::version(created.graph), keys::read_count)? != created.version {
                return Err(Error::Conflict);
            }
        }

        let sequence = log.sequence + 1;
        let mut batch = self.kv.batch();
        put_changes(&mut batch, overlay, sequence)?;
        for replaced in &overlay.replaced_sets {
            let deleted = log.deleted.iter().filter(|(at, graph, _)| *at > replaced.since && *graph == replaced.graph);
            let mut gone = deleted.map(|(_, _, node)| node);
            gone.try_for_each(|node| batch.delete(Family::Vectors, &keys::vector(replaced.set, *node)))?;
        }
        let counts = changed_counts(overlay, |key| newest.get(Family::Meta, &keys::count(key), keys::read_count))?;
        put_counts(&mut batch, &counts)?;
        text_merge::settle(&mut batch, &self.kv, overlay)?;
        delete_vectors(&mut batch, overlay, &sets_of_deleted(&newest, overlay)?)?;
        delete_replaced(&mut batch, overlay, &newest)?;
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
        self.kv.write(batch)?;

        log.sequence = sequence;
        self.writers.committed(sequence);
        if !self.writers.is_filling() {
            log.deleted.clear();
        } else {
            log.deleted.extend(overlay.deleted.iter().map(|(graph, node)| (sequence, *graph, *node)));
        }
        // The committing transaction is itself registered.
        let (count, oldest) = self.writers.open();
        log.note(
            (count.saturating_sub(1), oldest),
            self.changed_keys(overlay).chain(overlay.write_set.iter().copied()),
        );
        Ok(())
    }

    /// Fails when something that the transaction reads or writes was committed since its snapshot.
    fn check(&self, log: &ConflictLog, since: u64, overlay: &Overlay) -> Result<()> {
        log.check(since, overlay.read_set.iter().copied().chain(self.changed_keys(overlay)))
    }

    /// The conflict keys of what the transaction writes.
    fn changed_keys<'a>(&'a self, overlay: &'a Overlay) -> impl Iterator<Item = ConflictKey> + 'a {
        let checked = Family::ALL.into_iter().filter(|family| is_checked(*family));
        let keys = checked.flat_map(|family| overlay.family(family).keys().map(move |key| (family, key)));
        keys.map(|(family, key)| self.hasher.stored(family, key))
    }

    /// The lock on commits when everything admitted can be seen: for whoever writes alone.
    pub(crate) fn settled(&self) -> Result<MutexGuard<'_, Commits>> {
        let mut commits = self.commits.lock();
        while commits.group.writing {
            self.written.wait(&mut commits);
        }
        // Written under the lock, so that no other commit is admitted meanwhile.
        if let Some((batch, members)) = commits.group.take() {
            let (last, result) = (commits.log.sequence, self.kv.write(batch));
            self.finish(&mut commits, last, members, result);
        }
        match &commits.group.failed {
            None => Ok(commits),
            Some((_, reason)) => Err(Error::Stopped { reason: reason.clone() }),
        }
    }

    /// Waits until an admitted commit is on the disk; leads its group there when nobody does.
    fn wait_written(&self, mut commits: MutexGuard<'_, Commits>, sequence: u64) -> Result<()> {
        loop {
            if self.writers.seen() >= sequence {
                return Ok(());
            }
            if let Some((tried, reason)) = &commits.group.failed {
                let reason = reason.clone();
                return Err(match sequence <= *tried {
                    true => Error::OutcomeUnknown { reason },
                    false => Error::Stopped { reason },
                });
            }
            if commits.group.writing {
                if commits.group.is_gathered() {
                    self.joined.notify_one();
                }
                self.written.wait(&mut commits);
                continue;
            }
            commits.group.writing = true;
            let patience = Instant::now() + commits.group.patience();
            while !commits.group.is_gathered() && !self.joined.wait_until(&mut commits, patience).timed_out() {}
            let (batch, members) = commits.group.take().unwrap_or_else(|| (self.kv.batch(), 0));
            let last = commits.log.sequence;
            let begun = Instant::now();
            let result = MutexGuard::unlocked(&mut commits, || self.kv.write(batch));
            commits.group.wrote(members, begun.elapsed());
            self.finish(&mut commits, last, members, result);
        }
    }

    /// A group of so many commits up to `last` has been written, or not.
    fn finish(&self, commits: &mut Commits, last: u64, members: usize, result: Result<()>) {
        match result {
            Ok(()) => {
                self.writers.committed(last);
                commits.group.seen(last);
                if commits.group.is_empty() && !self.writers.is_filling() {
                    commits.log.deleted.clear();
                }
                // The members are still registered themselves.
                let (count, oldest) = self.writers.open();
                commits.log.prune((count.saturating_sub(members), oldest));
            }
            // The numbers and counts given out since depend on what was not written.
            Err(error) => {
                let (tried, reason) = match error {
                    Error::Stopped { reason } => (0, reason),
                    Error::OutcomeUnknown { reason } => (last, reason),
                    other => (last, other.to_string()),
                };
                self.kv.stop(&reason);
                commits.group.failed = Some((tried, reason));
            }
        }
        self.written.notify_all();
    }

    /// Deletes a graph and everything in it, also what this batch put there.
    fn delete_graph(&self, batch: &mut Batch, graph: GraphId) -> Result<()> {
        let prefix = graph.0.to_be_bytes();
        for family in Family::OF_GRAPH {
            batch.delete_prefix(family, &prefix)?;
        }
        for set in SetMap::stored(&self.kv.snapshot(), graph)?.sets() {
            batch.delete_prefix(Family::Vectors, &set.to_be_bytes())?;
        }
        for (_, index) in index_catalog::stored(&self.kv.snapshot(), Some(graph))? {
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
        let mut batch = self.kv.batch();
        for set in &unused.sets {
            batch.delete_prefix(Family::Vectors, &set.to_be_bytes())?;
        }
        for index in &unused.indexes {
            batch.delete_prefix(Family::Indexes, &index.0.to_be_bytes())?;
        }
        self.kv.write_lazily(batch)
    }
}

/// Puts what the transaction changed.
fn put_changes(batch: &mut Batch, overlay: &Overlay, sequence: u64) -> Result<()> {
    for family in Family::ALL {
        for (key, value) in overlay.family(family) {
            match value {
                Some(value) => batch.put(family, key, value)?,
                None => batch.delete(family, key)?,
            }
        }
    }
    for graph in &overlay.changed {
        batch.put(Family::Meta, &keys::version(*graph), &sequence.to_be_bytes())?;
    }
    for (index, list) in &overlay.changed_lists {
        batch.put(Family::Indexes, &vector_lists::changed_key(*index, *list), &sequence.to_be_bytes())?;
    }
    Ok(())
}

/// The counts that the transaction changes, as it leaves them; `newest` gives what they are.
fn changed_counts(overlay: &Overlay, newest: impl Fn(CountKey) -> Result<u64>) -> Result<Vec<(CountKey, u64)>> {
    let changed = overlay.counts.iter().filter(|(_, delta)| **delta != 0);
    changed.map(|(key, delta)| Ok((*key, newest(*key)?.saturating_add_signed(*delta)))).collect()
}

fn put_counts(batch: &mut Batch, counts: &[(CountKey, u64)]) -> Result<()> {
    for (key, count) in counts {
        let key = keys::count(*key);
        match count {
            0 => batch.delete(Family::Meta, &key)?,
            count => batch.put(Family::Meta, &key, &count.to_be_bytes())?,
        }
    }
    Ok(())
}

/// The vector sets that may have vectors of deleted nodes: the active ones, and those that take their places.
fn sets_of_deleted(newest: &Snapshot, overlay: &Overlay) -> Result<FxHashMap<GraphId, Vec<u64>>> {
    let mut sets: FxHashMap<GraphId, Vec<u64>> = FxHashMap::default();
    for (graph, _) in &overlay.deleted {
        if !sets.contains_key(graph) {
            let replaced = overlay.replaced_sets.iter().filter(|replaced| replaced.graph == *graph);
            let of_graph =
                SetMap::stored(newest, *graph)?.sets().chain(replaced.map(|replaced| replaced.set)).collect();
            sets.insert(*graph, of_graph);
        }
    }
    Ok(sets)
}

fn delete_vectors(batch: &mut Batch, overlay: &Overlay, sets: &FxHashMap<GraphId, Vec<u64>>) -> Result<()> {
    for (graph, node) in &overlay.deleted {
        for set in sets.get(graph).into_iter().flatten() {
            batch.delete(Family::Vectors, &keys::vector(*set, *node))?;
        }
    }
    Ok(())
}

/// Deletes the vector sets whose places others take.
fn delete_replaced(batch: &mut Batch, overlay: &Overlay, newest: &Snapshot) -> Result<()> {
    let mut seen: FxHashMap<_, u64> = FxHashMap::default();
    for ReplacedSet { graph, property, set, .. } in &overlay.replaced_sets {
        let old = match seen.insert((*graph, *property), *set) {
            Some(old) => Some(old),
            None => SetMap::stored(newest, *graph)?.get(*property),
        };
        if let Some(old) = old {
            batch.delete_prefix(Family::Vectors, &old.to_be_bytes())?;
        }
    }
    Ok(())
}
