//! Vector sets: the vectors of one property in one graph, apart from the node records.
//!
//! A set has a number that is used once. A catalog key (graph, property key) names the active set, so all
//! vectors of a property are replaced at once by changing that key. Reads look into the active set first and
//! then into the record. `vector_writer.rs` fills a set.

use crate::error::Result;
use crate::keys::{self, meta};
use crate::kv::{Family, Hint, Kv, Snapshot};
use crate::scan::Scan;
use crate::value::{GraphId, PropertyKey};

/// The active sets of a graph, by property key.
#[derive(Default)]
pub(crate) struct SetMap(Vec<(PropertyKey, u64)>);

impl SetMap {
    pub(crate) fn read(mut scan: Scan) -> Result<SetMap> {
        let mut map = SetMap::default();
        while let Some((key, value)) = scan.next()? {
            map.push(key, value)?;
        }
        Ok(map)
    }

    /// The active sets in a snapshot.
    pub(crate) fn stored(snapshot: &Snapshot, graph: GraphId) -> Result<SetMap> {
        let mut map = SetMap::default();
        let prefix = keys::meta_graph(meta::VECTOR_SET, graph);
        let mut iter = snapshot.prefix(Family::Meta, &prefix, Hint::Seek)?;
        while let Some((key, value)) = iter.item() {
            map.push(key, value)?;
            iter.advance()?;
        }
        Ok(map)
    }

    fn push(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.0.push((PropertyKey(keys::read_u32(key, 5)?), keys::read_u64(value, 0)?));
        Ok(())
    }

    pub(crate) fn get(&self, property: PropertyKey) -> Option<u64> {
        let at = self.0.binary_search_by_key(&property, |(key, _)| *key).ok()?;
        Some(self.0[at].1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (PropertyKey, u64)> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn sets(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().map(|(_, set)| *set)
    }
}

/// Removes the sets that are not active in any graph: fillings that were cut off.
pub(crate) fn remove_unused(kv: &Kv) -> Result<()> {
    let snapshot = kv.snapshot();
    let mut used = rustc_hash::FxHashSet::default();
    let mut pointers = snapshot.prefix(Family::Meta, &[meta::VECTOR_SET], Hint::Seek)?;
    while let Some((_, value)) = pointers.item() {
        used.insert(keys::read_u64(value, 0)?);
        pointers.advance()?;
    }
    let mut unused = Vec::new();
    let mut vectors = snapshot.prefix(Family::Vectors, &[], Hint::Seek)?;
    while let Some(key) = vectors.key() {
        let set = keys::read_u64(key, 0)?;
        if !used.contains(&set) {
            unused.push(set);
        }
        let Some(next) = keys::after(&set.to_be_bytes()) else { break };
        vectors.seek(&next)?;
    }
    if !unused.is_empty() {
        let mut batch = kv.batch();
        for set in unused {
            batch.delete_prefix(Family::Vectors, &set.to_be_bytes())?;
        }
        kv.write(batch)?;
    }
    Ok(())
}
