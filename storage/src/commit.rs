//! The commit: one after another, each checked against what was committed since its snapshot.

use rustc_hash::FxHashMap;

use crate::conflict::{LogicalKey, is_checked};
use crate::error::{Error, Result};
use crate::index_catalog;
use crate::keys::{self, meta};
use crate::kv::{Batch, Family};
use crate::overlay::{Overlay, ReplacedSet, Unused};
use crate::store::StoreInner;
use crate::text_merge;
use crate::value::GraphId;
use crate::vector_lists;
use crate::vector_sets::SetMap;

impl StoreInner {
    /// Writes a transaction's changes, or fails with [`Error::Conflict`].
    pub(crate) fn commit(&self, since: u64, overlay: &Overlay) -> Result<()> {
        self.kv.check_writable()?;
        let mut log = self.log.lock();
        let written = || {
            Family::ALL
                .into_iter()
                .filter(|family| is_checked(*family))
                .flat_map(|family| overlay.family(family).keys().map(move |key| (family, key)))
                .map(|(family, key)| self.hasher.stored(family, key))
        };
        log.check(since, overlay.read_set.iter().copied().chain(written()))?;
        for replaced in &overlay.replaced_sets {
            let vectors = self.hasher.logical(LogicalKey::Vectors(replaced.graph, replaced.property));
            let pointer = self.hasher.stored(Family::Meta, &keys::vector_set(replaced.graph, replaced.property));
            log.check(replaced.since, [vectors, pointer].into_iter())?;
        }

        if !overlay.created.is_empty() {
            let newest = self.kv.snapshot();
            for created in &overlay.created {
                if newest.get(Family::Meta, &keys::version(created.graph), keys::read_count)? != created.version {
                    return Err(Error::Conflict);
                }
            }
        }

        let sequence = log.sequence + 1;
        let mut batch = self.kv.batch();
        for family in Family::ALL {
            for (key, value) in overlay.family(family) {
                match value {
                    Some(value) => batch.put(family, key, value)?,
                    None => batch.delete(family, key)?,
                }
            }
        }
        for replaced in &overlay.replaced_sets {
            let deleted = log.deleted.iter().filter(|(at, graph, _)| *at > replaced.since && *graph == replaced.graph);
            let mut gone = deleted.map(|(_, _, node)| node);
            gone.try_for_each(|node| batch.delete(Family::Vectors, &keys::vector(replaced.set, *node)))?;
        }
        self.put_counts(&mut batch, overlay)?;
        text_merge::settle(&mut batch, &self.kv, overlay)?;
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
        for (index, list) in &overlay.changed_lists {
            batch.put(Family::Indexes, &vector_lists::changed_key(*index, *list), &sequence.to_be_bytes())?;
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
        log.note((count.saturating_sub(1), oldest), written().chain(overlay.write_set.iter().copied()));
        Ok(())
    }

    fn put_counts(&self, batch: &mut Batch, overlay: &Overlay) -> Result<()> {
        let newest = self.kv.snapshot();
        for (key, delta) in overlay.counts.iter().filter(|(_, delta)| **delta != 0) {
            let key = keys::count(*key);
            let old = newest.get(Family::Meta, &key, keys::read_count)?;
            match old.saturating_add_signed(*delta) {
                0 => batch.delete(Family::Meta, &key)?,
                new => batch.put(Family::Meta, &key, &new.to_be_bytes())?,
            }
        }
        Ok(())
    }

    /// Deletes the vectors of deleted nodes from the sets that are active at this commit, and replaced sets.
    fn delete_vectors(&self, batch: &mut Batch, overlay: &Overlay) -> Result<()> {
        if overlay.deleted.is_empty() && overlay.replaced_sets.is_empty() {
            return Ok(());
        }
        let newest = self.kv.snapshot();
        let mut graphs: Vec<GraphId> = overlay.deleted.iter().map(|(graph, _)| *graph).collect();
        graphs.sort_unstable();
        graphs.dedup();
        for graph in graphs {
            let stored = SetMap::stored(&newest, graph)?;
            let replaced =
                overlay.replaced_sets.iter().filter(|replaced| replaced.graph == graph).map(|replaced| replaced.set);
            let sets: Vec<u64> = stored.sets().chain(replaced).collect();
            for (_, node) in overlay.deleted.iter().filter(|(of, _)| *of == graph) {
                for set in &sets {
                    batch.delete(Family::Vectors, &keys::vector(*set, *node))?;
                }
            }
        }
        let mut seen: FxHashMap<_, u64> = FxHashMap::default();
        for ReplacedSet { graph, property, set, .. } in &overlay.replaced_sets {
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
