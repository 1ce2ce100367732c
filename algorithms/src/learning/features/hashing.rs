//! Feature hashing for texts and bags: hashed items, document frequencies and TF-IDF weights.
//!
//! A model cannot have a column for each word, so items share columns by hash, with a sign by hash so that collisions
//! cancel in the mean (Weinberger et al.: "Feature Hashing for Large Scale Multitask Learning", ICML 2009). How rare
//! an item is (its inverse document frequency; Spärck Jones, 1972) is counted in a much finer table of [`BUCKETS`],
//! since in a column that many items share every document would count.

use serde::{Deserialize, Serialize};

use crate::numeric::random::mix;

/// Entries of the table of document frequencies.
const BUCKETS: usize = 1 << 16;

/// The start of a hash.
pub(super) const SEED: u64 = 0xCBF2_9CE4_8422_2325;

/// One step of a hash (FNV-1a on words); [`finish`] ends it.
#[inline]
pub(super) fn step(hash: u64, item: u64) -> u64 {
    (hash ^ item).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23)
}

/// The hash of an item whose steps are done.
#[inline]
pub(super) fn finish(hash: u64) -> u64 {
    mix(hash)
}

/// The hash of a whole text.
pub(super) fn hash_text(text: &str) -> u64 {
    finish(text.bytes().fold(SEED, |hash, byte| step(hash, u64::from(byte))))
}

#[inline]
fn bucket(hash: u64) -> usize {
    // The 16 high bits; column and sign are made of others.
    (hash >> 48) as usize
}

/// The column of an item and its sign.
#[inline]
pub(super) fn column(hash: u64, width: usize) -> (usize, f64) {
    let column = ((hash & 0xFFFF_FFFF) * width as u64) >> 32;
    (column as usize, if hash >> 32 & 1 == 0 { 1.0 } else { -1.0 })
}

/// Document frequencies by bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Frequencies {
    documents: u64,
    counts: Vec<u32>,
}

/// Counter of document frequencies.
pub(super) struct Counter {
    frequencies: Frequencies,
    /// The last document that touched a bucket, so that each counts once.
    last: Vec<u64>,
    current: u64,
    weight: u32,
}

impl Counter {
    pub fn new() -> Self {
        let frequencies = Frequencies { documents: 0, counts: vec![0; BUCKETS] };
        Counter { frequencies, last: vec![0; BUCKETS], current: 0, weight: 0 }
    }

    /// Begins a document that `rows` rows have.
    pub fn begin(&mut self, rows: u64) {
        self.current += 1;
        self.weight = u32::try_from(rows).unwrap_or(u32::MAX);
        self.frequencies.documents += rows;
    }

    /// An item of the document that was begun.
    #[inline]
    pub fn add(&mut self, hash: u64) {
        let bucket = bucket(hash);
        if self.last[bucket] != self.current {
            self.last[bucket] = self.current;
            let count = &mut self.frequencies.counts[bucket];
            *count = count.saturating_add(self.weight);
        }
    }

    pub fn finish(self) -> Frequencies {
        self.frequencies
    }
}

impl Frequencies {
    /// The weights of all buckets.
    pub fn weights(&self) -> InverseFrequencies {
        InverseFrequencies(self.counts.iter().map(|&count| inverse(self.documents, u64::from(count))).collect())
    }
}

/// Inverse document frequencies, by bucket.
pub(super) struct InverseFrequencies(Vec<f64>);

impl InverseFrequencies {
    #[inline]
    pub fn of(&self, hash: u64) -> f64 {
        // Only a damaged model has fewer buckets, and it is refused before; 1 is the weight of a common item.
        self.0.get(bucket(hash)).copied().unwrap_or(1.0)
    }
}

/// The smoothed inverse document frequency: `ln((1 + documents) / (1 + with the item)) + 1`.
pub(super) fn inverse(documents: u64, with: u64) -> f64 {
    // Equal hashes may make a bucket's count larger than it should be, never the weight less than that of an item
    // that is everywhere.
    ((1.0 + documents as f64) / (1.0 + with as f64)).ln().max(0.0) + 1.0
}

/// Scales to length 1; a zero vector stays zero.
pub(super) fn normalize(vector: &mut [f64]) {
    let length = vector.iter().map(|number| number * number).sum::<f64>().sqrt();
    if length > 0.0 && length.is_finite() {
        vector.iter_mut().for_each(|number| *number /= length);
    }
}
