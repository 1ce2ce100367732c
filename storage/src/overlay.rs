//! What a write transaction has changed so far: its own keys over its snapshot, and what its commit must check
//! (`conflict.rs`).
//!
//! ```text
//! snapshot          k1     k2     k3     k4             the store as of a commit
//! overlay                  k2=b          k4 deleted  k5=c
//! the transaction   k1     k2=b   k3                 k5=c
//! sees
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::conflict::ConflictKey;
use crate::error::{Error, Result};
use crate::keys::{self, CountKey};
use crate::kv::{Family, Snapshot};
use crate::value::{GraphId, IndexId, NodeId, PropertyKey};
use crate::writers::{Filling, Registered};

/// Bytes shared between the overlay and the cursors that read it.
pub(crate) type Bytes = Arc<[u8]>;

/// A vector set to be made the active one.
pub(crate) struct ReplacedSet {
    pub graph: GraphId,
    pub property: PropertyKey,
    pub set: u64,
    /// The state that has the set's vectors; the transaction's own snapshot is older.
    pub snapshot: Snapshot,
    /// The commit sequence the set was filled from.
    pub since: u64,
    /// Keep the store noting deleted nodes, and what commits since then wrote.
    pub _writers: (Filling, Registered),
}

/// An index that was added.
pub(crate) struct Created {
    pub graph: GraphId,
    pub index: IndexId,
    /// The version of the graph it was filled from.
    pub version: u64,
}

/// What an undone or abandoned change leaves in the store.
#[derive(Default)]
pub(crate) struct Unused {
    pub sets: Vec<u64>,
    pub indexes: Vec<IndexId>,
}

struct Savepoint {
    undo: usize,
    bytes: usize,
    undo_bytes: usize,
    counts: BTreeMap<CountKey, i64>,
    changed: BTreeSet<GraphId>,
    dropped: usize,
    replaced_sets: usize,
    deleted: usize,
    created: usize,
    dropped_indexes: usize,
    texts: TextTotals,
}

/// By index on texts and field how many documents and words more there are.
pub(crate) type TextTotals = BTreeMap<(IndexId, u16), (i64, i64)>;

/// Keys with their new values, or that they are deleted.
type Changed = BTreeMap<Bytes, Option<Bytes>>;

/// What a transaction has changed.
#[derive(Default)]
pub(crate) struct Overlay {
    /// Shared with the views that were taken, and copied when it changes while one of them is there.
    families: [Arc<Changed>; Family::COUNT],
    bytes: usize,
    /// Of what savepoints would bring back.
    undo_bytes: usize,
    pub counts: BTreeMap<CountKey, i64>,
    pub changed: BTreeSet<GraphId>,
    pub dropped: Vec<GraphId>,
    pub replaced_sets: Vec<ReplacedSet>,
    pub deleted: Vec<(GraphId, NodeId)>,
    pub created: Vec<Created>,
    pub dropped_indexes: Vec<IndexId>,
    /// Inverted lists of vector indexes; more than were changed, after something was undone.
    pub changed_lists: BTreeSet<(IndexId, u32)>,
    /// What has changed in the totals of indexes on texts.
    pub texts: TextTotals,
    /// What the transaction depends on.
    pub read_set: FxHashSet<ConflictKey>,
    /// The logical keys it changes; the stored ones are in `families`.
    pub write_set: FxHashSet<ConflictKey>,
    /// Snapshots for vector sets and indexes newer than the transaction.
    fresh: FxHashMap<(Family, u64), Snapshot>,
    savepoints: Vec<Savepoint>,
    undo: Vec<(Family, Bytes, Option<Option<Bytes>>)>,
}

impl Overlay {
    pub(crate) fn is_empty(&self) -> bool {
        self.families.iter().all(|family| family.is_empty())
            && self.dropped.is_empty()
            && self.replaced_sets.is_empty()
            && self.counts.values().all(|delta| *delta == 0)
    }

    /// The same content for reading: what is changed afterwards is not in it, and nothing in the store is its own.
    pub(crate) fn view(&self) -> Overlay {
        Overlay {
            families: self.families.clone(),
            bytes: self.bytes,
            counts: self.counts.clone(),
            changed: self.changed.clone(),
            texts: self.texts.clone(),
            fresh: self.fresh.clone(),
            ..Overlay::default()
        }
    }

    /// About how much memory the changes take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.undo_bytes
    }

    pub(crate) fn set(&mut self, family: Family, key: &[u8], value: Option<&[u8]>) {
        /// Of an entry of a map or of the undo list, besides key and value, about.
        const ENTRY: usize = 96;
        let key: Bytes = key.into();
        let value_bytes = |value: Option<&[u8]>| value.map_or(0, <[u8]>::len);
        let new_bytes = value_bytes(value);
        let value = value.map(Bytes::from);
        let old = Arc::make_mut(&mut self.families[family as usize]).insert(Arc::clone(&key), value);
        let old_bytes = old.as_ref().map_or(0, |old| value_bytes(old.as_deref()));
        match old {
            Some(_) => self.bytes = (self.bytes + new_bytes).saturating_sub(old_bytes),
            None => self.bytes += key.len() + new_bytes + ENTRY,
        }
        if !self.savepoints.is_empty() {
            self.undo_bytes += old_bytes + ENTRY;
            self.undo.push((family, key, old));
        }
    }

    pub(crate) fn put(&mut self, family: Family, key: &[u8], value: &[u8]) {
        self.set(family, key, Some(value));
    }

    pub(crate) fn delete(&mut self, family: Family, key: &[u8]) {
        self.set(family, key, None);
    }

    pub(crate) fn get(&self, family: Family, key: &[u8]) -> Option<Option<&[u8]>> {
        self.families[family as usize].get(key).map(Option::as_deref)
    }

    pub(crate) fn has(&self, family: Family) -> bool {
        !self.families[family as usize].is_empty()
    }

    pub(crate) fn range<'a>(
        &'a self,
        family: Family,
        lower: &'a [u8],
        upper: Option<&'a [u8]>,
    ) -> impl Iterator<Item = (&'a Bytes, &'a Option<Bytes>)> + 'a {
        let empty = upper.is_some_and(|upper| upper <= lower);
        let upper = upper.map_or(Bound::Unbounded, Bound::Excluded);
        (!empty)
            .then(|| self.families[family as usize].range::<[u8], _>((Bound::Included(lower), upper)))
            .into_iter()
            .flatten()
    }

    /// The last key put in a range.
    pub(crate) fn last(&self, family: Family, lower: &[u8], upper: Option<&[u8]>) -> Option<&[u8]> {
        let upper = upper.map_or(Bound::Unbounded, Bound::Excluded);
        let mut range = self.families[family as usize].range::<[u8], _>((Bound::Included(lower), upper));
        range.rfind(|(_, value)| value.is_some()).map(|(key, _)| &**key)
    }

    pub(crate) fn family(&self, family: Family) -> &Changed {
        &self.families[family as usize]
    }

    pub(crate) fn count(&mut self, key: CountKey, delta: i64) {
        *self.counts.entry(key).or_default() += delta;
    }

    /// The snapshot that has a set's vectors or an index's entries, when it is not the transaction's own.
    pub(crate) fn fresh(&self, family: Family, key: &[u8]) -> Option<&Snapshot> {
        let number = match family {
            Family::Vectors => keys::read_u64(key, 0).ok()?,
            Family::Indexes => u64::from(keys::read_u32(key, 0).ok()?),
            _ => return None,
        };
        self.fresh.get(&(family, number))
    }

    /// Says where the vectors of a set or the entries of an index are.
    pub(crate) fn see(&mut self, family: Family, number: u64, snapshot: Snapshot) {
        self.fresh.insert((family, number), snapshot);
    }

    /// What is in the store for these changes and in use only with them.
    pub(crate) fn unused(&self) -> Unused {
        Unused {
            sets: self.replaced_sets.iter().map(|replaced| replaced.set).collect(),
            indexes: self.created.iter().map(|created| created.index).collect(),
        }
    }

    /// The commit sequence the vectors of a property are from, when this transaction has replaced its set.
    pub(crate) fn replaced_since(&self, graph: GraphId, property: PropertyKey) -> Option<u64> {
        let replaced =
            self.replaced_sets.iter().filter(|replaced| (replaced.graph, replaced.property) == (graph, property));
        replaced.map(|replaced| replaced.since).min()
    }

    pub(crate) fn replace_set(&mut self, replaced: ReplacedSet) {
        self.see(Family::Vectors, replaced.set, replaced.snapshot.clone());
        self.replaced_sets.push(replaced);
    }

    pub(crate) fn savepoint(&mut self) {
        self.savepoints.push(Savepoint {
            undo: self.undo.len(),
            bytes: self.bytes,
            undo_bytes: self.undo_bytes,
            counts: self.counts.clone(),
            changed: self.changed.clone(),
            dropped: self.dropped.len(),
            replaced_sets: self.replaced_sets.len(),
            deleted: self.deleted.len(),
            created: self.created.len(),
            dropped_indexes: self.dropped_indexes.len(),
            texts: self.texts.clone(),
        });
    }

    /// Forgets the last savepoint and keeps what was done since.
    pub(crate) fn release(&mut self) -> Result<()> {
        self.savepoints.pop().ok_or(Error::NoSavepoint)?;
        if self.savepoints.is_empty() {
            self.undo.clear();
            self.undo_bytes = 0;
        }
        Ok(())
    }

    /// Undoes what was done since the last savepoint and forgets it. Gives what is now unused.
    pub(crate) fn undo(&mut self) -> Result<Unused> {
        let point = self.savepoints.pop().ok_or(Error::NoSavepoint)?;
        for (family, key, old) in self.undo.drain(point.undo..).rev() {
            let map = Arc::make_mut(&mut self.families[family as usize]);
            match old {
                Some(old) => drop(map.insert(key, old)),
                None => drop(map.remove(&key)),
            }
        }
        (self.bytes, self.undo_bytes) = (point.bytes, point.undo_bytes);
        self.counts = point.counts;
        self.changed = point.changed;
        self.texts = point.texts;
        self.dropped.truncate(point.dropped);
        self.deleted.truncate(point.deleted);
        self.dropped_indexes.truncate(point.dropped_indexes);
        let unused = Unused {
            sets: self.replaced_sets.drain(point.replaced_sets..).map(|replaced| replaced.set).collect(),
            indexes: self.created.drain(point.created..).map(|created| created.index).collect(),
        };
        for set in &unused.sets {
            self.fresh.remove(&(Family::Vectors, *set));
        }
        for index in &unused.indexes {
            self.fresh.remove(&(Family::Indexes, u64::from(index.0)));
        }
        Ok(unused)
    }
}
