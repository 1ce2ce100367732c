//! Inverted lists of vector indexes, as they were read. A list is known by its index and the commit that last changed it, so that what
//! is kept serves every snapshot that has this list, whatever else has changed.

use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use wend_algorithms::Centroids;
use wend_storage::{Index, IndexId, Transaction, VectorList, VectorLists};

use crate::error::Result;

/// What is kept of all indexes of a database.
#[derive(Debug, Default)]
pub(crate) struct KeptLists(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// By index and number of the list: the commit that last changed it.
    lists: FxHashMap<(IndexId, u32), (u64, Arc<VectorList>)>,
    bytes: u64,
    centroids: FxHashMap<IndexId, Arc<ListCentroids>>,
}

/// The centroids of an index, ready to be compared.
#[derive(Debug)]
pub(crate) struct ListCentroids {
    pub(crate) lists: Arc<VectorLists>,
    pub(crate) centroids: Centroids,
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
        let read = Arc::new(ListCentroids { lists, centroids });
        let mut kept = self.0.lock();
        if kept.centroids.len() >= MOST_INDEXES {
            kept.centroids.clear();
        }
        kept.centroids.insert(index.id, Arc::clone(&read));
        Ok(Some(read))
    }

    /// A list as a transaction sees it; kept within `limit` bytes.
    pub(crate) fn list(&self, tx: &Transaction, index: &Index, list: u32, limit: u64) -> Result<Arc<VectorList>> {
        let place = (index.id, list);
        let version = tx.vector_list_version(index, list)?;
        if let Some(version) = version
            && let Some((of, kept)) = self.0.lock().lists.get(&place)
            && *of == version
        {
            return Ok(Arc::clone(kept));
        }
        let read = Arc::new(tx.vector_list(index, list)?);
        // What a transaction has changed itself, or sees of the past, is not for others.
        let Some(version) = version else { return Ok(read) };
        let bytes = read.bytes() as u64;
        let mut kept = self.0.lock();
        let old = kept.lists.get(&place).map(|(of, list)| (*of, list.bytes() as u64));
        match old {
            Some((of, _)) if of > version => return Ok(read),
            Some((_, bytes)) => {
                kept.lists.remove(&place);
                kept.bytes -= bytes;
            }
            None => {}
        }
        if kept.bytes + bytes > limit {
            kept.lists.clear();
            kept.bytes = 0;
        }
        if bytes <= limit {
            kept.lists.insert(place, (version, Arc::clone(&read)));
            kept.bytes += bytes;
        }
        Ok(read)
    }
}
