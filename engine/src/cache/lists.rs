//! Inverted lists of vector indexes, as they were read. A list is known by its index and the commit that last changed it, so that what
//! is kept serves every snapshot that has this list, whatever else has changed.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use wend_algorithms::{Centroids, Rotation, SignCodes, Terms};
use wend_storage::{GraphId, Index, IndexId, Metric, Transaction, VectorList, VectorLists};

use crate::error::Result;

/// What is kept of all indexes of a database.
#[derive(Debug, Default)]
pub(crate) struct KeptLists(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// By index and number of the list: the commit that last changed it.
    lists: FxHashMap<(IndexId, u32), (u64, Arc<KeptList>)>,
    bytes: u64,
    centroids: FxHashMap<IndexId, Arc<ListCentroids>>,
    versions: FxHashMap<IndexId, Arc<ListsOfVersion>>,
}

/// A list, and its codes of one bit for each number where it is kept.
#[derive(Debug)]
pub(crate) struct KeptList {
    pub(crate) list: VectorList,
    pub(crate) signs: Option<SignCodes>,
}

impl KeptList {
    fn bytes(&self, width: usize) -> u64 {
        (self.list.bytes() + SignCodes::bytes(self.list.elements.len(), width)) as u64
    }

    /// About the bytes that a vector takes.
    fn per_vector(width: usize) -> u64 {
        (16 + width + SignCodes::bytes(64, width) / 64) as u64
    }
}

/// The lists of an index as they are in a version of its graph, as far as they have been asked for: a list that is here need not be
/// looked up by its commit.
#[derive(Debug)]
struct ListsOfVersion {
    version: u64,
    lists: Vec<OnceLock<Arc<KeptList>>>,
}

/// The lists of an index as a transaction sees them.
pub(crate) struct ListReader<'a> {
    kept: &'a KeptLists,
    tx: &'a Transaction,
    index: &'a Index,
    centroids: &'a ListCentroids,
    limit: u64,
    of_version: Option<Arc<ListsOfVersion>>,
}

/// The centroids of an index, ready to be compared.
#[derive(Debug)]
pub(crate) struct ListCentroids {
    pub(crate) lists: Arc<VectorLists>,
    pub(crate) centroids: Centroids,
    pub(crate) rotation: Rotation,
}

/// Indexes whose centroids are kept.
const MOST_INDEXES: usize = 16;

impl KeptLists {
    /// The centroids of an index; `None` where it has no lists.
    pub(crate) fn centroids(&self, tx: &Transaction, index: &Index) -> Result<Option<Arc<ListCentroids>>> {
        if let Some(kept) = self.0.lock().centroids.get(&index.id) {
            return Ok(Some(Arc::clone(kept)));
        }
        let Some(lists) = tx.vector_lists(index)? else { return Ok(None) };
        let centroids = Centroids::new(lists.dimensions, lists.centroids.clone());
        let rotation = Rotation::new(lists.dimensions);
        let read = Arc::new(ListCentroids { lists, centroids, rotation });
        let mut kept = self.0.lock();
        if kept.centroids.len() >= MOST_INDEXES {
            kept.centroids.clear();
        }
        kept.centroids.insert(index.id, Arc::clone(&read));
        Ok(Some(read))
    }

    /// Reads the lists of an index as a transaction sees them; what is read is kept within `limit` bytes.
    pub(crate) fn reader<'a>(
        &'a self,
        tx: &'a Transaction,
        graph: GraphId,
        index: &'a Index,
        centroids: &'a ListCentroids,
        limit: u64,
    ) -> Result<ListReader<'a>> {
        let all = centroids.lists.vectors.saturating_mul(KeptList::per_vector(centroids.lists.dimensions));
        // What does not fit as a whole, or is not as it was committed, is looked up list by list.
        let of_version = match tx.graph_dirty(graph) || all > limit {
            true => None,
            false => self.of_version(tx.graph_version(graph)?, index.id, centroids.lists.count()),
        };
        Ok(ListReader { kept: self, tx, index, centroids, limit, of_version })
    }

    /// The lists of a version; `None` for one that is older than what is kept.
    fn of_version(&self, version: u64, index: IndexId, count: usize) -> Option<Arc<ListsOfVersion>> {
        let mut kept = self.0.lock();
        match kept.versions.get(&index) {
            Some(known) if known.version == version => return Some(Arc::clone(known)),
            Some(known) if known.version > version => return None,
            _ => {}
        }
        let empty = Arc::new(ListsOfVersion { version, lists: (0..count).map(|_| OnceLock::new()).collect() });
        kept.versions.insert(index, Arc::clone(&empty));
        Some(empty)
    }

    /// A list by the commit that last changed it.
    fn list(&self, reader: &ListReader<'_>, list: u32) -> Result<Arc<KeptList>> {
        let (tx, index) = (reader.tx, reader.index);
        let place = (index.id, list);
        let version = tx.vector_list_version(index, list)?;
        if let Some(version) = version
            && let Some((of, kept)) = self.0.lock().lists.get(&place)
            && *of == version
        {
            return Ok(Arc::clone(kept));
        }
        let read = tx.vector_list(index, list)?;
        // What a transaction has changed itself, or sees of the past, is not for others.
        let Some(version) = version else { return Ok(Arc::new(KeptList { list: read, signs: None })) };
        let signs = reader.signs(list, &read);
        let read = Arc::new(KeptList { list: read, signs: Some(signs) });
        let width = reader.centroids.lists.dimensions;
        let bytes = read.bytes(width);
        let mut kept = self.0.lock();
        let old = kept.lists.get(&place).map(|(of, list)| (*of, list.bytes(width)));
        match old {
            Some((of, _)) if of > version => return Ok(read),
            Some((_, bytes)) => {
                kept.lists.remove(&place);
                kept.bytes -= bytes;
            }
            None => {}
        }
        if kept.bytes + bytes > reader.limit {
            kept.lists.clear();
            kept.versions.clear();
            kept.bytes = 0;
        }
        if bytes <= reader.limit {
            kept.lists.insert(place, (version, Arc::clone(&read)));
            kept.bytes += bytes;
        }
        Ok(read)
    }
}

impl ListReader<'_> {
    /// A list.
    pub(crate) fn list(&self, list: u32) -> Result<Arc<KeptList>> {
        let known = self.of_version.as_ref().and_then(|of_version| of_version.lists.get(list as usize));
        if let Some(kept) = known.and_then(OnceLock::get) {
            return Ok(Arc::clone(kept));
        }
        let read = self.kept.list(self, list)?;
        if let Some(known) = known {
            let _ = known.set(Arc::clone(&read));
        }
        Ok(read)
    }

    fn signs(&self, list: u32, read: &VectorList) -> SignCodes {
        let (lists, rotation) = (&self.centroids.lists, &self.centroids.rotation);
        let centroid = &lists.centroids[list as usize * lists.dimensions..][..lists.dimensions];
        let beside: Vec<f32>;
        let terms = match self.index.definition.vector.map(|space| space.metric) {
            // The nearer the higher, without what all have in common.
            Some(Metric::Euclidean) => {
                beside = read.squares.iter().map(|square| -square).collect();
                Terms { factor: 2.0, beside: &beside }
            }
            _ => Terms { factor: 1.0, beside: &[] },
        };
        SignCodes::new(rotation, centroid, &read.codes, &read.scales, terms)
    }
}
