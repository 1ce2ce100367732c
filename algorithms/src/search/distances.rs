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
            bucket.iter().for_each(|&v| search.settle(rows, v));
            continue;
        }
        let (distance, width, now) = (&search.distance, search.width, search.now);
        let found = crew.parts(bucket.len(), PIECE, |range| {
            let mut found = Vec::new();
            for &v in &bucket[range] {
                relax(rows, distance, width, now, v, |u, new, bits| {
                    if distance[u as usize].fetch_min(bits, Relaxed) > bits {
                        found.push((u, new));
                    }
                });
            }
            found
        })?;
        found.into_iter().flatten().for_each(|(u, new)| search.put(u, new));
    }
    Ok(search.distance.into_iter().map(|bits| f64::from_bits(bits.into_inner())).collect())
}

/// Calls `found(u, distance, its bits)` for the nodes behind `v` that are nearer by way of it. Bits of numbers that are not
/// negative have the order of the numbers.
#[inline]
fn relax(
    rows: &Csr,
    distance: &[AtomicU64],
    width: f64,
    now: u64,
    v: NodeIndex,
    mut found: impl FnMut(NodeIndex, f64, u64),
) {
    let from = f64::from_bits(distance[v as usize].load(Relaxed));
    if ((from / width) as u64) < now {
        // It was settled in an earlier bucket.
        return;
    }
    let Some(weights) = rows.weights(v) else { return };
    for (&u, &weight) in rows.neighbors(v).iter().zip(weights) {
        let new = from + weight;
        let bits = new.to_bits();
        if bits < distance[u as usize].load(Relaxed) {
            found(u, new, bits);
        }
    }
}

struct Search {
    distance: Vec<AtomicU64>,
    width: f64,
    /// The bucket that is settled.
    now: u64,
    /// Bucket `b` from `now` on is at `b % BUCKETS`.
    near: Vec<Vec<NodeIndex>>,
    /// How many nodes are in `near`.
    waiting: usize,
    far: Vec<NodeIndex>,
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
        let width = if mean > 0.0 && mean.is_finite() { mean } else { 1.0 };
        let near = (0..BUCKETS).map(|_| Vec::new()).collect();
        let mut search = Search { distance, width, now: 0, near, waiting: 0, far: Vec::new() };
        for &source in sources {
            search.distance[source as usize].store(0, Relaxed);
            search.put(source, 0.0);
        }
        search
    }

    #[inline]
    fn put(&mut self, v: NodeIndex, distance: f64) {
        let bucket = (distance / self.width) as u64;
        if bucket - self.now < BUCKETS {
            self.near[(bucket % BUCKETS) as usize].push(v);
            self.waiting += 1;
        } else {
            self.far.push(v);
        }
    }

    /// The nodes of the next bucket that has any; the same bucket again as long as nodes come into it.
    fn next(&mut self) -> Option<Vec<NodeIndex>> {
        if self.waiting == 0 {
            let mut far = std::mem::take(&mut self.far);
            let bucket = |v: NodeIndex| (f64::from_bits(self.distance[v as usize].load(Relaxed)) / self.width) as u64;
            // Those that came nearer have been settled.
            far.retain(|&v| bucket(v) > self.now);
            self.now = far.iter().map(|&v| bucket(v)).min()?;
            for v in far {
                let distance = f64::from_bits(self.distance[v as usize].load(Relaxed));
                self.put(v, distance);
            }
        }
        while self.near[(self.now % BUCKETS) as usize].is_empty() {
            self.now += 1;
        }
        let bucket = std::mem::take(&mut self.near[(self.now % BUCKETS) as usize]);
        self.waiting -= bucket.len();
        Some(bucket)
    }

    fn settle(&mut self, rows: &Csr, v: NodeIndex) {
        let from = f64::from_bits(self.distance[v as usize].load(Relaxed));
        if ((from / self.width) as u64) < self.now {
            return;
        }
        let Some(weights) = rows.weights(v) else { return };
        for (&u, &weight) in rows.neighbors(v).iter().zip(weights) {
            let new = from + weight;
            let slot = &self.distance[u as usize];
            if new.to_bits() < slot.load(Relaxed) {
                slot.store(new.to_bits(), Relaxed);
                self.put(u, new);
            }
        }
    }
}
