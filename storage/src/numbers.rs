//! The next free numbers of nodes, edges, vector sets, graphs and indexes. They are kept with every commit, so that a
//! number is not used twice.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::keys;

/// The next free numbers.
#[derive(Default)]
pub(crate) struct Numbers {
    pub node: AtomicU64,
    pub edge: AtomicU64,
    pub set: AtomicU64,
    pub graph: AtomicU32,
    pub index: AtomicU32,
}

impl Numbers {
    /// The bytes of `meta::STATE`.
    pub(crate) fn state(&self, sequence: u64) -> [u8; 48] {
        let mut out = [0; 48];
        let parts = [
            sequence,
            self.node.load(Ordering::SeqCst),
            self.edge.load(Ordering::SeqCst),
            self.set.load(Ordering::SeqCst),
            u64::from(self.graph.load(Ordering::SeqCst)),
            u64::from(self.index.load(Ordering::SeqCst)),
        ];
        for (place, part) in out.as_chunks_mut::<8>().0.iter_mut().zip(parts) {
            *place = part.to_be_bytes();
        }
        out
    }

    /// The commit sequence and the numbers in those bytes.
    pub(crate) fn read(bytes: &[u8]) -> Result<(u64, Numbers)> {
        let small =
            |at| u32::try_from(keys::read_u64(bytes, at)?).map_err(|_| Error::corrupt("a number is out of range"));
        let numbers = Numbers {
            node: keys::read_u64(bytes, 8)?.into(),
            edge: keys::read_u64(bytes, 16)?.into(),
            set: keys::read_u64(bytes, 24)?.into(),
            graph: small(32)?.into(),
            // Databases from before there were indexes have five numbers.
            index: if bytes.len() > 40 { small(40)? } else { 0 }.into(),
        };
        Ok((keys::read_u64(bytes, 0)?, numbers))
    }
}
