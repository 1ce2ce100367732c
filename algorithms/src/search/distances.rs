//! Shortest distances from some nodes to all, on several threads: delta-stepping.
//!
//! Nodes wait in buckets by their distance so far, and all of a bucket are settled together (Meyer and Sanders, "Δ-stepping: a
//! parallelizable shortest path algorithm", Journal of Algorithms 2003). In the end each distance is the least sum of a distance
//! before it and an edge, whatever the order in which they were tried: so it has the same bits for any number of threads.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::levels::{UNREACHED, levels};
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::Directed;

/// Buckets that are kept apart; nodes beyond them wait together.
const BUCKETS: u64 = 1 << 10;
/// Nodes of a bucket that a thread takes at a time.
const PIECE: usize = 128;
/// Buckets with fewer nodes are settled by one thread.
const ALONE: usize = 512;

/// The distance from the nearest of the sources to each node; infinite where there is no way.
pub(crate) fn distances(crew: Crew, graph: Directed<'_>, sources: &[NodeIndex]) -> Result<Vec<f64>, Error> {
    let rows = graph.outgoing;
    if rows.all_weights().is_none() {
        let (levels, _) = levels(crew, graph, sources, UNREACHED)?;
        let distance = |level: u32| if level == UNREACHED { f64::INFINITY } else { f64::from(level) };
        return Ok(levels.into_iter().map(distance).collect());
    }
    let mut search = Search::new(rows, sources);
    while let Some(bucket) = search.next() {
        crew.context.check_cancelled()?;
        if crew.threads == 1 || bucket.len() < ALONE {
            bucket.iter().for_each(|&waiting| search.settle(rows, waiting));
            continue;
        }
        let distance = &search.distance;
        let found = crew.parts(bucket.len(), PIECE, |range| {
            let mut found = Vec::new();
            for &(v, bits) in &bucket[range] {
                if distance[v as usize].load(Relaxed) == bits {
                    each_behind(rows, v, bits, |u, new| {
                        let slot = &distance[u as usize];
                        if new < slot.load(Relaxed) && slot.fetch_min(new, Relaxed) > new {
                            found.push((u, new));
                        }
                    });
                }
            }
            found
        })?;
        found.into_iter().flatten().for_each(|waiting| search.put(waiting));
    }
    Ok(search.distance.into_iter().map(|bits| f64::from_bits(bits.into_inner())).collect())
}

/// Calls `with(u, distance)` for the nodes behind `v` and their distances by way of it.
#[inline]
fn each_behind(rows: &Csr, v: NodeIndex, bits: Bits, mut with: impl FnMut(NodeIndex, Bits)) {
    let from = f64::from_bits(bits);
    let Some(weights) = rows.weights(v) else { return };
    rows.neighbors(v).iter().zip(weights).for_each(|(&u, weight)| with(u, (from + weight).to_bits()));
}

/// A distance as bits: those of numbers that are not negative have the order of the numbers.
type Bits = u64;
/// A node and the distance with which it waits. When it has come nearer since, it waits elsewhere, too, and this is passed over.
type Waiting = (NodeIndex, Bits);

struct Search {
    distance: Vec<AtomicU64>,
    /// Buckets for each unit of distance.
    scale: f64,
    /// The bucket that is settled.
    now: u64,
    /// Bucket `b` from `now` on is at `b % BUCKETS`.
    near: Vec<Vec<Waiting>>,
    /// How many are in `near`.
    waiting: usize,
    far: Vec<Waiting>,
}

impl Search {
    fn new(rows: &Csr, sources: &[NodeIndex]) -> Self {
        let distance: Vec<AtomicU64> =
            (0..rows.node_count()).map(|_| AtomicU64::new(f64::INFINITY.to_bits())).collect();
        let weights = rows.all_weights().unwrap_or_default();
        // The mean of up to 4,096 weights, by halves so that it does not overflow.
        let step = (weights.len() / 4096).max(1);
        let (mut sum, mut count) = (0.0, 0.0);
        for weight in weights.iter().step_by(step) {
            sum += weight * 2f64.powi(-13);
            count += 1.0;
        }
        let mean = sum / f64::max(count, 1.0) * 2f64.powi(13);
        // The shortest edge of a node is about so long: in a wider bucket many nodes come nearer again.
        let degree = rows.arc_count() as f64 / f64::max(rows.node_count() as f64, 1.0);
        let width = mean / f64::max(degree / 2.0, 1.0);
        let scale = if width > 0.0 && (1.0 / width).is_finite() { 1.0 / width } else { 1.0 };
        let near = (0..BUCKETS).map(|_| Vec::new()).collect();
        let mut search = Search { distance, scale, now: 0, near, waiting: 0, far: Vec::new() };
        for &source in sources {
            if search.distance[source as usize].swap(0, Relaxed) != 0 {
                search.put((source, 0));
            }
        }
        search
    }

    #[inline]
    fn bucket(&self, bits: Bits) -> u64 {
        (f64::from_bits(bits) * self.scale) as u64
    }

    #[inline]
    fn put(&mut self, (v, bits): Waiting) {
        let bucket = self.bucket(bits);
        if bucket - self.now < BUCKETS {
            self.near[(bucket % BUCKETS) as usize].push((v, bits));
            self.waiting += 1;
        } else {
            self.far.push((v, bits));
        }
    }

    /// The nodes of the next bucket that has any; the same bucket again as long as nodes come into it.
    fn next(&mut self) -> Option<Vec<Waiting>> {
        if self.waiting == 0 {
            let mut far = std::mem::take(&mut self.far);
            far.retain(|&(v, bits)| self.distance[v as usize].load(Relaxed) == bits);
            self.now = far.iter().map(|&(_, bits)| self.bucket(bits)).min()?;
            far.into_iter().for_each(|waiting| self.put(waiting));
        }
        while self.near[(self.now % BUCKETS) as usize].is_empty() {
            self.now += 1;
        }
        let bucket = std::mem::take(&mut self.near[(self.now % BUCKETS) as usize]);
        self.waiting -= bucket.len();
        Some(bucket)
    }

    fn settle(&mut self, rows: &Csr, (v, bits): Waiting) {
        if self.distance[v as usize].load(Relaxed) != bits {
            return;
        }
        each_behind(rows, v, bits, |u, new| {
            let slot = &self.distance[u as usize];
            if new < slot.load(Relaxed) {
                slot.store(new, Relaxed);
                self.put((u, new));
            }
        });
    }
}
