//! Answers "is there an edge between a and b?" with one cache line.
//!
//! Each edge's pair of node numbers goes through a bijection of 2b bits (b = bits of a node number); the low bits
//! choose a bucket of 64 bytes, the other bits are kept in it as a 32-bit tag. Bucket and tag together are the pair,
//! so an answer is exact (quotienting: Knuth, TAOCP vol. 3, exercise 6.4-13). Graphs whose pairs need longer tags, and
//! small or oddly distributed ones, have no table: binary search serves there.

use crate::graph::undirected::Graph;
use crate::machine::pages::Aligned;

/// Tags per bucket: one cache line.
pub(super) const TAGS: usize = 16;
/// Edges per bucket on average, at most. Then a full bucket is rare and one doubling cures it.
const LOAD: u64 = 5;

/// A tag that no pair has.
pub(super) const NO_TAG: u32 = u32::MAX;

/// The exact set of a graph's edges.
pub(super) struct EdgeTable {
    /// Buckets of [`TAGS`] tags, u32; 0 = free.
    buckets: Aligned,
    place: Place,
}

/// The hash that maps a pair of nodes to its bucket and tag.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Bits of a node number.
    node_bits: u32,
    /// Bits of a bucket number.
    bucket_bits: u32,
}

fn bucket_bits(edges: u64) -> u32 {
    (edges / LOAD).max(1).next_power_of_two().trailing_zeros()
}

/// Bytes a table for this many edges takes, before a doubling.
pub(crate) fn bytes(edges: u64) -> u64 {
    64u64.saturating_mul(1 << bucket_bits(edges).min(50))
}

impl EdgeTable {
    /// The table of a graph's edges without self-loops, or `None` when it would exceed `limit` bytes or cannot be
    /// exact.
    pub(super) fn new(graph: &Graph, limit: u64) -> Option<Self> {
        let edges = graph.arc_count() as u64 / 2;
        let node_bits = u64::BITS - (graph.node_count() as u64).leading_zeros();
        let smallest = bucket_bits(edges);
        (smallest..smallest + 3)
            .take_while(|&bits| 64u64 << bits <= limit)
            // A tag is the rest of the pair plus 1, so that 0 stays free; the rest has less than 32 bits.
            .filter(|&bits| 2 * node_bits < 32 + bits)
            .find_map(|bucket_bits| Self::fill(graph, node_bits, bucket_bits))
    }

    fn fill(graph: &Graph, node_bits: u32, bucket_bits: u32) -> Option<Self> {
        let mut memory = Aligned::zeros::<u32>(TAGS << bucket_bits);
        let (buckets, _) = memory.get_mut::<u32>().as_chunks_mut::<TAGS>();
        let place = Place { node_bits, bucket_bits };
        for v in 0..graph.node_count() as u32 {
            let list = graph.neighbors(v);
            // Each pair once, at its smaller node.
            for &x in &list[list.partition_point(|&x| x <= v)..] {
                let (bucket, tag) = place.of(v, x);
                let free = buckets[bucket as usize].iter_mut().find(|tag| **tag == 0)?;
                *free = tag;
            }
        }
        Some(EdgeTable { buckets: memory, place })
    }

    /// The buckets, and the hash that finds a pair's.
    pub(super) fn parts(&self) -> (&[[u32; TAGS]], Place) {
        (self.buckets.get::<u32>().as_chunks().0, self.place)
    }

    /// Whether an edge joins `a` and `b`, which differ.
    pub(super) fn contains(&self, a: u32, b: u32) -> bool {
        let (buckets, place) = self.parts();
        let (bucket, tag) = place.of(a, b);
        has_tag(&buckets[bucket as usize], tag)
    }
}

/// Whether a bucket holds a tag.
#[inline(always)]
pub(super) fn has_tag(bucket: &[u32; TAGS], wanted: u32) -> bool {
    bucket.iter().fold(false, |hit, &tag| hit | (tag == wanted))
}

impl Place {
    /// Bucket and tag of a pair: a bijection on pairs of nodes. Other numbers get some existing bucket.
    #[inline(always)]
    pub(super) fn of(self, a: u32, b: u32) -> (u32, u32) {
        let bits = 2 * self.node_bits;
        let mask = (1u64 << bits) - 1;
        let mut pair = (u64::from(a.min(b)) << self.node_bits) | u64::from(a.max(b));
        // Odd multiplication and xor-shift are each a bijection of `bits` bits.
        pair = pair.wrapping_mul(0x9E37_79B9_7F4A_7C15) & mask;
        pair ^= pair >> self.node_bits;
        pair = pair.wrapping_mul(0xBF58_476D_1CE4_E5B9) & mask;
        pair ^= pair >> self.node_bits;
        ((pair & ((1 << self.bucket_bits) - 1)) as u32, (pair >> self.bucket_bits) as u32 + 1)
    }
}
